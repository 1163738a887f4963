// The handlers behind the routes, by file: commands, reads, feed, sinks and sources, keys, system.
//
// Each answers exchange.responder exactly once, now or later. Called on a worker's thread; must not block.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "http/api.h"
#include "http/exchange.h"

namespace holdfast::http {

// handlers_commands.cc
void post_events(Api& api, Exchange& exchange);
void post_batch(Api& api, Exchange& exchange);
void post_hold(Api& api, Exchange& exchange);
void put_hold(Api& api, Exchange& exchange);
void commit_hold(Api& api, Exchange& exchange);
void release_hold(Api& api, Exchange& exchange);
void extend_hold(Api& api, Exchange& exchange);
void post_order(Api& api, Exchange& exchange);
void put_channel(Api& api, Exchange& exchange);
void delete_channel(Api& api, Exchange& exchange);
void put_location(Api& api, Exchange& exchange);
void put_sku(Api& api, Exchange& exchange);

// handlers_reads.cc
void get_stock(Api& api, Exchange& exchange);
void list_stock(Api& api, Exchange& exchange);
void get_stock_events(Api& api, Exchange& exchange);
void get_hold(Api& api, Exchange& exchange);
void list_holds(Api& api, Exchange& exchange);
void get_order(Api& api, Exchange& exchange);
void list_orders(Api& api, Exchange& exchange);
void post_availability(Api& api, Exchange& exchange);
void get_channel(Api& api, Exchange& exchange);
void list_channels(Api& api, Exchange& exchange);
void list_locations(Api& api, Exchange& exchange);
void list_discrepancies(Api& api, Exchange& exchange);
void list_shortfalls(Api& api, Exchange& exchange);

// handlers_explain.cc
void explain_stock(Api& api, Exchange& exchange);

// handlers_feed.cc
void get_feed(Api& api, Exchange& exchange);

// handlers_sinks.cc
void list_sinks(Api& api, Exchange& exchange);
void get_sink(Api& api, Exchange& exchange);
void pause_sink(Api& api, Exchange& exchange);
void resume_sink(Api& api, Exchange& exchange);
void activate_sink(Api& api, Exchange& exchange);
void list_observations(Api& api, Exchange& exchange);
void get_comparison(Api& api, Exchange& exchange);
void post_comparison(Api& api, Exchange& exchange);
void replay_sink(Api& api, Exchange& exchange);
void list_dead_letters(Api& api, Exchange& exchange);
void redeliver_dead_letters(Api& api, Exchange& exchange);
void post_resume(Api& api, Exchange& exchange);
void list_sources(Api& api, Exchange& exchange);
void get_source(Api& api, Exchange& exchange);
void pause_source(Api& api, Exchange& exchange);
void resume_source(Api& api, Exchange& exchange);
void list_parked(Api& api, Exchange& exchange);
void redeliver_parked(Api& api, Exchange& exchange);
void post_source(Api& api, Exchange& exchange);

// handlers_keys.cc
void list_keys(Api& api, Exchange& exchange);
void post_key(Api& api, Exchange& exchange);
void delete_key(Api& api, Exchange& exchange);

// handlers_system.cc
void get_livez(Api& api, Exchange& exchange);
void get_readyz(Api& api, Exchange& exchange);
void get_metrics(Api& api, Exchange& exchange);
void get_openapi(Api& api, Exchange& exchange);
void get_root(Api& api, Exchange& exchange);

/// Answers with the error as a problem about the exchange's path.
void refuse(Exchange& exchange, const Error& error);
/// kUnknownField for a query parameter the handler did not take: refuses, and says false.
bool check_parameters(Exchange& exchange);
/// Runs `work` on a reader thread and answers 200 with the JSON it made, or with its error.
void answer_in_background(Api& api, Exchange& exchange,
                          std::move_only_function<Result<std::string>()> work);
/// The same for a request whose Exchange is gone by now. On the worker's thread.
void answer_in_background(Api& api, Worker& worker, const Responder& responder, std::string path,
                          std::move_only_function<Result<std::string>()> work);

}  // namespace holdfast::http
