// The journey as a program in TypeScript tells it, with nothing but what openapi-typescript reads from the document.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Balance = components["schemas"]["Balance"];

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not given`);
  return value;
}

function as(secret: string) {
  return createClient<paths, "application/json" | "application/problem+json">({ baseUrl: given("TEND_ADDRESS"), headers: { Authorization: `Bearer ${secret}` } });
}

function left(balance: Balance | undefined): number | undefined {
  return balance?.engagements[0]?.left_minutes;
}

const client = as(given("CLIENT_KEY"));
const consultant = as(given("CONSULTANT_KEY"));
const id = given("CLIENT_ID");

const before = await client.GET("/api/v1/clients/{id}/balance", { params: { path: { id } } });
const asked = await client.POST("/api/v1/tickets", { body: { subject: "Quotes promise three days", body: "The mill needs eight." } });
if (asked.data === undefined || before.data === undefined) throw new Error(JSON.stringify(asked.error ?? before.error));
const ticket = asked.data;

await consultant.POST("/api/v1/tickets/{ticket_id}/messages", {
  params: { path: { ticket_id: ticket.id } },
  body: { body: "Last year's price list is ranked first." },
});
const logged = await consultant.POST("/api/v1/time-entries", {
  params: { header: { "Idempotency-Key": ticket.id } },
  body: {
    engagement: given("ENGAGEMENT_ID"),
    ticket: ticket.id,
    service_area: "prompt_optimisation",
    raw_seconds: 5400,
    work_date: before.data.as_of,
    note: "Pinned the lead-time table",
  },
});
if (logged.data === undefined) throw new Error(JSON.stringify(logged.error));

const after = await client.GET("/api/v1/clients/{id}/balance", { params: { path: { id } } });
const read = await client.GET("/api/v1/time-entries", { params: { query: { ticket: ticket.id } } });
const said = await client.GET("/api/v1/tickets/{ticket_id}/messages", { params: { path: { ticket_id: ticket.id } } });
const elsewhere = await client.GET("/api/v1/clients/{id}", { params: { path: { id: given("OTHER_CLIENT_ID") } } });

console.log(
  JSON.stringify({
    before: left(before.data),
    after: left(after.data),
    burned: logged.data.burn_minutes,
    notes: read.data?.results.map((entry) => entry.note),
    by_client: said.data?.results.map((message) => message.by_client),
    elsewhere: elsewhere.error?.code,
  }),
);
