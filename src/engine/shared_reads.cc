#include "engine/shared_reads.h"

#include <algorithm>
#include <utility>

#include "engine/desk_maker.h"

namespace holdfast::engine {
namespace {

constexpr size_t kQueriesPerSnapshot = 512;
constexpr int kDesksMax = 16;
/// A key with a binding sees some of them only.
constexpr size_t kDiscrepanciesLookedAt = 10'000;

bool is_list(QueryType type) {
  return type == QueryType::kStockPage || type == QueryType::kHolds || type == QueryType::kOrders ||
         type == QueryType::kShortfalls;
}

QueryResult failed(const Error& error) {
  QueryResult result;
  result.error = {ErrorCode::kOverloaded, "the database cannot be read now: " + error.detail, {}};
  return result;
}

/// The one-row question whose answer is that entry's place in the list.
Query question_of(const Query& list, const store::Page::Entry& entry) {
  Query one = list;
  one.cursor.clear();
  switch (list.type) {
    case QueryType::kHolds:
      one.type = QueryType::kHold;
      one.hold = entry.name;
      break;
    case QueryType::kOrders:
      one.type = QueryType::kOrder;
      one.order = entry.name;
      one.channel = entry.channel;
      break;
    case QueryType::kShortfalls:
      one.sku = entry.name;
      break;
    default:
      break;
  }
  return one;
}

template <typename T>
void append(std::vector<T>* to, std::vector<T> more) {
  for (T& row : more) to->push_back(std::move(row));
}

}  // namespace

bool SharedReads::do_work() {
  std::vector<Submission> waiting;
  parts_.inbox.take(&waiting);
  if (waiting.empty()) return false;
  for (Submission& submission : waiting) {
    submission.reads->results.resize(submission.reads->queries.size());
  }
  std::vector<std::pair<Submission*, size_t>> questions;
  for (Submission& submission : waiting) {
    for (size_t i = 0; i < submission.reads->queries.size(); ++i)
      questions.emplace_back(&submission, i);
  }
  for (size_t from = 0; from < questions.size(); from += kQueriesPerSnapshot) {
    const size_t to = std::min(questions.size(), from + kQueriesPerSnapshot);
    std::vector<const Query*> queries;
    for (size_t i = from; i < to; ++i) {
      queries.push_back(&questions[i].first->reads->queries[questions[i].second]);
    }
    std::vector<QueryResult> results(queries.size());
    Status answered = answer_from_snapshot(queries, &results);
    // A connection that was found dead is another one now.
    if (!answered) answered = answer_from_snapshot(queries, &results);
    for (size_t i = from; i < to; ++i) {
      questions[i].first->reads->results[questions[i].second] =
          answered ? std::move(results[i - from]) : failed(answered.error());
    }
    parts_.metrics.queries.add(queries.size());
  }
  for (Submission& submission : waiting) {
    submission.reads->done(std::move(submission.reads->results));
    parts_.inbox.answered(submission.weight);
  }
  return true;
}

Status SharedReads::answer_from_snapshot(const std::vector<const Query*>& queries,
                                         std::vector<QueryResult>* results) {
  RowNames names;
  names.settings = true;
  for (const Query* query : queries) ledger::Ledger::add_wanted(*query, &names);
  HF_ASSIGN(start, parts_.reader.begin(names));
  settings_ = std::move(start.rows.settings).value_or(StoredSettings{});
  now_ = start.time;
  const auto answer = [&]() -> Status {
    std::vector<Query> plain;
    std::vector<size_t> places;
    for (size_t i = 0; i < queries.size(); ++i) {
      if (is_list(queries[i]->type)) {
        HF_ASSIGN(result, answer_list(*queries[i], start.ledger));
        (*results)[i] = std::move(result);
      } else if (queries[i]->type == QueryType::kDiscrepancies) {
        HF_ASSIGN(result, answer_discrepancies(*queries[i], start.ledger));
        (*results)[i] = std::move(result);
      } else {
        plain.push_back(*queries[i]);
        places.push_back(i);
      }
    }
    if (plain.empty()) return {};
    HF_ASSIGN(answers, answer_on_desk(plain, names, std::move(start.rows), start.ledger));
    for (size_t i = 0; i < places.size(); ++i) (*results)[places[i]] = std::move(answers[i]);
    return {};
  };
  const Status answered = answer();
  parts_.reader.end();
  return answered;
}

/// Answers them on a desk that has everything they show.
Result<std::vector<QueryResult>> SharedReads::answer_on_desk(const std::vector<Query>& queries,
                                                             const RowNames& names, StoredRows rows,
                                                             const StoredLedger& ledger) {
  DeskMaker maker(parts_.rules, ledger, settings_, std::move(rows),
                  [this](const RowNames& more) { return parts_.reader.load(more); });
  for (int desks = 0; desks < kDesksMax; ++desks) {
    HF_ASSIGN(desk, maker.make());
    std::set<std::string> whole = maker.whole();
    whole.insert(names.whole_skus.begin(), names.whole_skus.end());
    const std::vector<std::string> lacking = desk->lacking(whole);
    if (!lacking.empty()) {
      HF_TRY(maker.load_whole(lacking));
      continue;
    }
    std::vector<QueryResult> results;
    for (const Query& query : queries) results.push_back(desk->query(query, now_));
    return results;
  }
  return fail(ErrorCode::kCorrupt, "a question that never has all its rows");
}

/// The names of the page come from the tables, what is shown of each from the rules.
Result<QueryResult> SharedReads::answer_list(const Query& query, const StoredLedger& ledger) {
  QueryResult result;
  result.error.code = ErrorCode::kNone;
  result.seq = ledger.last_seq;
  const size_t limit = std::clamp<size_t>(query.limit, 1, 1'000);
  auto page = parts_.reader.page({&query, limit});
  if (!page && page.error().code == ErrorCode::kCursorInvalid) {
    result.error = page.error();
    return result;
  }
  if (!page) return std::unexpected(page.error());
  if (!page->last) result.next_cursor = page->entries.back().cursor;
  if (page->entries.empty()) return result;

  RowNames names;
  std::vector<Query> questions;
  for (const store::Page::Entry& entry : page->entries) {
    switch (query.type) {
      case QueryType::kStockPage:
        names.bare_skus.push_back(entry.name);
        continue;
      case QueryType::kHolds:
        names.holds.push_back(entry.name);
        break;
      case QueryType::kOrders:
        names.orders.push_back(entry.name);
        break;
      default:
        names.whole_skus.push_back(entry.name);
        break;
    }
    questions.push_back(question_of(query, entry));
  }
  if (query.type == QueryType::kStockPage) {
    questions.push_back(question_of(query, {}));
    questions.back().limit = 1'000;
  }
  HF_ASSIGN(rows, parts_.reader.load(names));
  HF_ASSIGN(answers, answer_on_desk(questions, names, std::move(rows), ledger));
  for (QueryResult& answer : answers) {
    append(&result.stock, std::move(answer.stock));
    append(&result.holds, std::move(answer.holds));
    append(&result.orders, std::move(answer.orders));
    append(&result.shortfalls, std::move(answer.shortfalls));
  }
  return result;
}

Result<QueryResult> SharedReads::answer_discrepancies(const Query& query,
                                                      const StoredLedger& ledger) {
  const size_t limit =
      query.binding ? kDiscrepanciesLookedAt : std::clamp<size_t>(query.limit, 1, 1'000) + 1;
  StoredRows rows;
  HF_ASSIGN(found, parts_.reader.discrepancies({&query, limit}));
  rows.discrepancies = std::move(found);
  HF_ASSIGN(answers, answer_on_desk({query}, {}, std::move(rows), ledger));
  return std::move(answers.front());
}

}  // namespace holdfast::engine
