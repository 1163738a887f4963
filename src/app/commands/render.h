// The server's answers in words: stock, holds, orders, outcomes, events. Pure functions.
#pragma once

#include <string>

#include "json/value.h"

namespace holdfast::app {

std::string render_outcome(const json::Value& outcome);
std::string render_stock(const json::Value& stock);
std::string render_stock_list(const json::Value& page);
std::string render_hold(const json::Value& hold);
std::string render_holds(const json::Value& page);
std::string render_order(const json::Value& order);
std::string render_orders(const json::Value& page);
std::string render_sink(const json::Value& sink);
std::string render_sinks(const json::Value& page);
std::string render_dead_letters(const json::Value& page);
std::string render_observations(const json::Value& page);
std::string render_source(const json::Value& source);
std::string render_sources(const json::Value& page);
std::string render_parked(const json::Value& page);
/// One CloudEvent as one line: seq, time, type, what moved where.
std::string render_event(const json::Value& event);

}  // namespace holdfast::app
