"""Who gets what of the routes that are no door's: home, health, the firm's look, and what a secret link opens."""

TABLE = """
route                                  method id               stranger  other  rob   abe   bill  priya  tomas  ines  mara  ada
home                                   GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
first_run                              GET    -                404       404    404   404   404   404    404    404   404   404
first_run                              POST   -                404       404    404   404   404   404    404    404   404   404
brand_css                              GET    -                yes       yes    yes   yes   yes   yes    yes    yes   yes   yes
logo                                   GET    logo             yes       yes    yes   yes   yes   yes    yes    yes   yes   yes
livez                                  GET    -                yes       yes    yes   yes   yes   yes    yes    yes   yes   yes
readyz                                 GET    -                yes       yes    yes   yes   yes   yes    yes    yes   yes   yes
metrics                                GET    -                yes       yes    yes   yes   yes   yes    yes    yes   yes   yes
favicon                                GET    -                yes       yes    yes   yes   yes   yes    yes    yes   yes   yes
problem                                GET    -                yes       yes    yes   yes   yes   yes    yes    yes   yes   yes
balance_page                           GET    -                404       404    404   404   404   404    404    404   404   404
balance_json                           GET    -                404       404    404   404   404   404    404    404   404   404
calendar_feed                          GET    -                404       404    404   404   404   404    404    404   404   404
"""
