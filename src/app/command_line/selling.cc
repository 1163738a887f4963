// event, hold, order, stock, explain and tail: what a shop tells and asks its ledger.
#include "app/command_line/parts.h"

namespace holdfast::app {
namespace {

/// The fields of a fact's one line.
void add_event_line(CLI::App* app, EventArguments* event) {
  app->add_option("--sku", event->sku);
  app->add_option("--line", event->line, "The sender's own id of the line");
  app->add_option("--quantity", event->quantity, "How many more: a delta");
  app->add_option("--total", event->total, "Cumulative instead of --quantity");
  app->add_option("--ordered", event->ordered, "order.placed, order.changed");
  app->add_option("--cancelled", event->cancelled, "order.changed: cumulative");
  app->add_option("--written-off", event->written_off, "order.changed: cumulative");
  app->add_option("--expected", event->expected, "stock.expected; or what --set replaces");
  app->add_option("--counted", event->counted, "stock.counted");
  app->add_option("--delta", event->delta, "stock.adjusted");
  app->add_option("--set", event->set, "stock.adjusted, with --expected");
  app->add_option("--state", event->state, "available, damaged, quality_control");
}

/// The fields of the fact itself.
void add_event_head(CLI::App* app, EventArguments* event) {
  app->add_option("--location", event->location);
  app->add_option("--from", event->from,
                  "Location of transfer.dispatched and order.reassigned; state of stock.moved");
  app->add_option("--to", event->to, "The same; also where transfer.received arrived");
  app->add_option("--channel", event->channel);
  app->add_option("--order", event->order);
  app->add_option("--reference", event->reference, "Of a receipt or a transfer");
  app->add_option("--fulfillment", event->fulfillment, "Id of the shipment: it counts once");
  app->add_option("--cancellation", event->cancellation, "Id of the cancellation: it counts once");
  app->add_option("--return", event->return_id, "Id of the return: it counts once");
  app->add_option("--version", event->version, "Of the order: an integer, or RFC 3339");
  app->add_option("--reason", event->reason);
  app->add_option("--occurred-at", event->occurred_at, "RFC 3339 with an offset");
  app->add_flag("--final", event->final, "Nothing more comes for the reference");
  app->add_flag("--no-restock", event->no_restock, "What falls is written off");
}

}  // namespace

void add_event(CLI::App& root, Parsed* parsed) {
  CLI::App* app = root.add_subcommand("event", "Record a fact, or a file of facts");
  EventArguments& event = parsed->event;
  app->add_option("type", event.type,
                  "stock.received, stock.moved, transfer.dispatched, order.cancelled …");
  app->add_option("-f,--file", event.file, "JSON or NDJSON of facts; - reads standard input");
  add_event_line(app, &event);
  add_event_head(app, &event);
  app->add_option("--idempotency-key", event.key, "Idempotency key; made up when absent");
  app->add_flag("--dry-run", event.dry_run, "Answer as if, record nothing");
  add_server(app, parsed);
  app->parse_complete_callback([parsed] {
    if (parsed->event.type.empty() == parsed->event.file.empty()) {
      throw CLI::ValidationError("event", "give either a type (stock.received …) or --file");
    }
    parsed->command.arguments = parsed->event;
  });
}

void add_hold(CLI::App& root, Parsed* parsed) {
  using Action = HoldArguments::Action;
  HoldArguments& hold = parsed->hold;
  ActionCommand holds(root, "hold", "Place, show, commit, release or extend a hold", parsed, &hold);
  CLI::App* place = holds.ask("place", "Take units out of available for a while", Action::kPlace);
  add_lines(place, &hold.lines)->required();
  place->add_option("--channel", hold.channel);
  place->add_option("--ttl", hold.ttl_s, "Seconds, 1 to 86400 (default 900)");
  place->add_option("--reference", hold.reference);
  place->add_option("--id", hold.id, "Your own id for the hold");
  place->add_flag("--allow-partial", hold.allow_partial);
  CLI::App* commit = holds.ask("commit", "Turn a hold into an order", Action::kCommit);
  commit->add_option("id", hold.id)->required();
  commit->add_option("--order", hold.order)->required();
  commit->add_option("--channel", hold.channel);
  add_lines(commit, &hold.lines);
  commit->add_flag("--release-rest", hold.release_rest);
  commit->add_flag("--rehold", hold.rehold, "Take the units afresh if the hold has expired");
  CLI::App* release = holds.ask("release", "Give the units back", Action::kRelease);
  release->add_option("id", hold.id)->required();
  add_lines(release, &hold.lines);
  CLI::App* extend = holds.ask("extend", "New deadline = now + ttl", Action::kExtend);
  extend->add_option("id", hold.id)->required();
  extend->add_option("--ttl", hold.ttl_s, "Seconds, 1 to 86400 (default 900)");
  holds.ask("show", "One hold", Action::kShow)->add_option("id", hold.id)->required();
  CLI::App* list = holds.ask("list", "Holds by SKU, reference, channel or status", Action::kList);
  list->add_option("--sku", hold.sku);
  list->add_option("--reference", hold.reference);
  list->add_option("--channel", hold.channel);
  list->add_option("--status", hold.status)->check(CLI::IsMember({"open", "closed"}));
  for (CLI::App* sub : {place, commit, release, extend}) {
    sub->add_option("--idempotency-key", hold.key, "Idempotency key; made up when absent");
  }
}

void add_order(CLI::App& root, Parsed* parsed) {
  using Action = OrderArguments::Action;
  OrderArguments& order = parsed->order;
  ActionCommand orders(root, "order", "Accept or show orders", parsed, &order);
  CLI::App* accept = orders.ask("accept", "Reserve and commit in one step", Action::kAccept);
  accept->add_option("order", order.order)->required();
  add_lines(accept, &order.lines)->required();
  accept->add_option("--channel", order.channel);
  accept->add_option("--idempotency-key", order.key, "Idempotency key; made up when absent");
  CLI::App* show = orders.ask("show", "One order", Action::kShow);
  show->add_option("order", order.order)->required();
  show->add_option("--channel", order.channel, "Default: default");
  CLI::App* list = orders.ask("list", "Orders by SKU and status", Action::kList);
  list->add_option("--sku", order.sku);
  list->add_option("--status", order.status)->check(CLI::IsMember({"open", "closed"}));
}

void add_reads(CLI::App& root, Parsed* parsed) {
  StockArguments& stock = parsed->stock;
  CLI::App* app = root.add_subcommand("stock", "Balances and what each channel may sell");
  app->add_option("sku", stock.sku, "One SKU; absent: list");
  app->add_option("--location", stock.location, "List only this location");
  app->add_option("--as-of", stock.as_of, "A seq, or a time (RFC 3339)")->needs("sku");
  app->add_flag("--occurred", stock.by_occurred, "With --as-of TIME: by when things happened");
  app->add_flag("--untracked", stock.untracked, "List untracked positions too");
  app->add_option("--limit", stock.limit, "Rows of a list")->check(CLI::Range(1, 1000));
  add_server(app, parsed);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->stock; });

  app = root.add_subcommand("explain", "Why a number is what it is, with the events behind it");
  app->add_option("sku", parsed->explain.sku, "The SKU")->required();
  app->add_option("--channel", parsed->explain.channel, "Only this channel's arithmetic");
  add_server(app, parsed);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->explain; });

  TailArguments& tail = parsed->tail;
  app = root.add_subcommand("tail", "Follow the log");
  app->add_option("--after", tail.after, "Cursor or event id to go on from");
  app->add_flag("--from-start", tail.from_start, "From the first event");
  app->add_flag("--once", tail.once, "End where the log ends instead of waiting for more");
  app->add_option("--types", tail.types, "Comma-separated event types");
  app->add_option("--skus", tail.skus, "Comma-separated SKUs");
  app->add_option("--channel", tail.channel);
  add_server(app, parsed);
  app->parse_complete_callback([parsed] { parsed->command.arguments = parsed->tail; });
}

}  // namespace holdfast::app
