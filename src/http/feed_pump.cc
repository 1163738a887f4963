#include "http/feed_pump.h"

#include <algorithm>
#include <chrono>

#include <pthread.h>

#include "http/mailbox.h"
#include "http/problem.h"
#include "http/worker.h"
#include "json/cursor.h"
#include "json/print.h"

namespace holdfast::http {

/// A stretch of the log as text, made once for all streams that stand at the same place.
struct FeedPump::Page {
  struct Entry {
    Seq seq = 0;
    EventType type = EventType::kNone;
    std::string sku, channel, location, to_location;
    bool names_others = false;
    std::string text;      ///< CloudEvents JSON
    std::string nameless;  ///< what a bound key is told instead; empty = the same
  };
  Seq after = 0;
  Seq last_seq = 0;
  bool failed = false;
  std::vector<Entry> entries;
};

namespace {

bool type_wanted(const std::vector<std::string>& wanted, EventType type) {
  if (wanted.empty()) return true;
  const std::string_view name = name_of(type);
  return std::ranges::any_of(wanted, [&](std::string_view one) {
    if (one.ends_with(".*")) return name.starts_with(one.substr(0, one.size() - 1));
    return one == name;
  });
}

void append_entry(std::string* out, FeedFormat format, std::string_view cursor, EventType type,
                  std::string_view text) {
  if (format == FeedFormat::kLines) {
    out->append(text).push_back('\n');
    return;
  }
  out->append("id: ").append(cursor).append("\nevent: ").append(name_of(type));
  out->append("\ndata: ").append(text).append("\n\n");
}

}  // namespace

// ---- one stream ----

FeedStream::FeedStream(FeedPump& pump, Worker& worker, Responder responder, FeedFormat format,
                       FeedFilter filter, Seq after, Seq until)
    : pump_(pump),
      worker_(worker),
      mailbox_(worker.mailbox()),
      responder_(responder),
      format_(format),
      filter_(std::move(filter)),
      until_(until),
      after_(after) {}

void FeedStream::deliver(std::string text) {
  busy_.store(true, std::memory_order_release);
  mailbox_->post([self = shared_from_this(), text = std::move(text)] {
    switch (self->worker_.stream(self->responder_, text)) {
      case Worker::StreamState::kOpen:
        self->on_space();
        break;
      case Worker::StreamState::kFull:
        break;  // on_space() will come
      case Worker::StreamState::kGone:
        self->on_gone();
        break;
    }
  });
}

void FeedStream::end() {
  gone_.store(true, std::memory_order_release);
  mailbox_->post([self = shared_from_this()] { self->worker_.end_stream(self->responder_); });
}

void FeedStream::on_space() {
  busy_.store(false, std::memory_order_release);
  pump_.wake();
}

/// Cut short, and not at its end: the last line says so.
void FeedStream::end_with(const Error& error) {
  gone_.store(true, std::memory_order_release);
  mailbox_->post([self = shared_from_this(), text = last_words(error)] {
    self->worker_.stream(self->responder_, text);
    self->worker_.end_stream(self->responder_);
  });
}

std::string FeedStream::last_words(const Error& error) const {
  const std::string problem = problem_answer(error, "/v1/feed").body;
  if (format_ == FeedFormat::kLines) return problem + "\n";
  return "event: problem\ndata: " + problem + "\n\n";
}

void FeedStream::on_drain() {
  on_gone();
  const std::string text =
      last_words({ErrorCode::kShuttingDown, "the server is stopping: resume from the last id", {}});
  worker_.stream(responder_, text);
  worker_.end_stream(responder_);
}

void FeedStream::on_gone() {
  gone_.store(true, std::memory_order_release);
  pump_.wake();
}

// ---- the pump ----

FeedPump::FeedPump(feed::FeedSource& source, const Access& access, const Clock& clock,
                   size_t streams_max, telemetry::Gauge& streams)
    : source_(source),
      access_(access),
      clock_(clock),
      streams_max_(streams_max),
      stream_gauge_(streams) {
  subscription_ = source_.subscribe([this](Seq) { wake(); });
  thread_ = std::thread([this] { serve(); });
  ::pthread_setname_np(thread_.native_handle(), "http-feed");
}

FeedPump::~FeedPump() { stop(); }

void FeedPump::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
  }
  awake_.notify_all();
  if (thread_.joinable()) thread_.join();
  source_.unsubscribe(subscription_);
}

bool FeedPump::add(std::shared_ptr<FeedStream> stream) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || stream_count_ >= streams_max_) return false;
    ++stream_count_;
    joining_.push_back(std::move(stream));
    woken_ = true;
  }
  awake_.notify_one();
  return true;
}

void FeedPump::wake() {
  {
    const std::lock_guard lock(mutex_);
    if (woken_ || stream_count_ == 0) return;  // nobody listens: a flush wakes nobody
    woken_ = true;
  }
  awake_.notify_one();
}

void FeedPump::serve() {
  bool moved = false;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!moved) {
        awake_.wait_for(lock, std::chrono::seconds(1), [this] { return woken_ || stopped_; });
      }
      if (stopped_) return;
      woken_ = false;
      std::ranges::move(joining_, std::back_inserter(streams_));
      joining_.clear();
      std::erase_if(streams_, [](const auto& stream) { return stream->gone_.load(); });
      stream_count_ = streams_.size();
    }
    stream_gauge_.set(static_cast<int64_t>(streams_.size()));
    // A page each, then another look at who came and went: one far behind keeps nobody waiting.
    moved = false;
    const Seq durable = source_.durable_seq();
    for (const auto& stream : streams_) moved |= feed_one(*stream, durable);
    for (const auto& stream : streams_) keep_alive(*stream);
    if (streams_.empty()) pages_.clear();
  }
}

/// True when the stream moved on and may have more to read.
bool FeedPump::feed_one(FeedStream& stream, Seq durable) {
  if (stream.gone_.load(std::memory_order_acquire) || stream.busy_.load(std::memory_order_acquire))
    return false;
  if (end_without_key(stream)) return false;
  const Seq until = stream.until_ == 0 ? durable : std::min(durable, stream.until_);
  if (stream.after_ >= until) {
    if (stream.until_ != 0 && stream.after_ >= stream.until_) stream.end();
    return false;
  }
  const auto page = page_after(stream.after_);
  if (page->failed || page->last_seq <= stream.after_) {
    stream.end_with({ErrorCode::kIo, "the log cannot be read: resume from the last id", {}});
    return false;
  }
  const json::LedgerName name{source_.ledger_id(), source_.incarnation(), source_.restores()};
  std::string text;
  const BindingPtr binding = stream.filter_.key ? stream.filter_.key->binding : nullptr;
  for (const Page::Entry& entry : page->entries) {
    if (entry.seq > until) break;
    const FeedFilter& filter = stream.filter_;
    if (!type_wanted(filter.types, entry.type)) continue;
    if (!filter.skus.empty() && std::ranges::find(filter.skus, entry.sku) == filter.skus.end())
      continue;
    if (!filter.channel.empty() && filter.channel != entry.channel) continue;
    if (binding && !shows(*binding, EventPlace{entry.channel, entry.location, entry.to_location,
                                               entry.names_others}))
      continue;
    const bool shorter = binding && !entry.nameless.empty();
    append_entry(&text, stream.format_, json::event_id(name, entry.seq), entry.type,
                 shorter ? entry.nameless : entry.text);
  }
  stream.after_ = std::min(page->last_seq, until);
  if (!text.empty()) {
    stream.last_text_ = clock_.boot();
    stream.deliver(std::move(text));
  }
  return true;
}

bool FeedPump::end_without_key(FeedStream& stream) {
  if (!stream.filter_.key) {
    if (access_.open()) return false;
    stream.end_with({ErrorCode::kUnauthorized, "this server needs a key from now on: come with one", {}});
    return true;
  }
  if (stream.filter_.key->valid(clock_.wall())) return false;
  stream.end_with({ErrorCode::kUnauthorized, "this key was deleted or has expired: come with another", {}});
  return true;
}

/// A silent stream says that it lives (and so finds out whether its reader does); server-sent
/// events also how far it has read: what a filter left out is not read again.
void FeedPump::keep_alive(FeedStream& stream) {
  if (stream.gone_.load(std::memory_order_acquire)) return;
  const Duration now = clock_.boot();
  if (stream.last_text_ == 0) stream.last_text_ = now;
  if (now - stream.last_text_ < kCommentEvery) return;
  if (stream.busy_.load(std::memory_order_acquire)) return;
  stream.last_text_ = now;
  if (stream.format_ == FeedFormat::kLines) return stream.deliver("\n");
  const json::LedgerName name{source_.ledger_id(), source_.incarnation(), source_.restores()};
  stream.deliver(": still here\nid: " + json::event_id(name, stream.after_) + "\n\n");
}

std::shared_ptr<const FeedPump::Page> FeedPump::page_after(Seq after) {
  // A page that was the log's end then is a prefix of what stands there now: still right.
  for (const auto& page : pages_)
    if (page->after == after) return page;
  auto page = std::make_shared<Page>();
  page->after = after;
  auto read = source_.read(after, kPageBytes);
  if (!read) {
    page->failed = true;
    return page;
  }
  page->last_seq = read->last_seq;
  const json::LedgerName name{source_.ledger_id(), source_.incarnation(), source_.restores()};
  page->entries.reserve(read->events.size());
  for (const Event& event : read->events) {
    Page::Entry& entry = page->entries.emplace_back();
    entry.seq = event.seq;
    entry.type = event.type;
    entry.sku = event.sku;
    entry.channel = event.channel;
    entry.location = event.location;
    entry.to_location = event.to_location;
    entry.names_others = names_others(event);
    json::print_cloudevent(&entry.text, event, name);
    if (const auto nameless = without_names(event))
      json::print_cloudevent(&entry.nameless, nameless->get(), name);
  }
  pages_.push_front(page);
  if (pages_.size() > kPagesKept) pages_.pop_back();
  return page;
}

}  // namespace holdfast::http
