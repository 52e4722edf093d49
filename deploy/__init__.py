"""How Tend is put on a machine: the embedded servers, the database roles, and the runner behind `make up`."""
