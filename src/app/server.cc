#include "app/server.h"

#include <utility>

#include <fmt/format.h>

#include "app/ports_wait.h"
#include "connectors/registry.h"
#include "engine/journal_snapshots.h"
#include "feed/cursor_file.h"
#include "feed/shared_feed.h"
#include "io/record_file.h"
#include "intake/parked_file.h"
#include "io/file_system.h"
#include "store/journal/directory_files.h"

namespace holdfast::app {
namespace {

/// Why sinks are paused after a restore or a cut; in feed.log too.
constexpr const char* kRestoredReason = "the ledger was restored or cut: `holdfast resume` goes on";

Command channel_command(const std::string& channel, ChannelSettings settings) {
  Command command;
  command.type = CommandType::kChannelSet;
  command.source = "config";
  command.channel = channel;
  command.channel_settings = std::move(settings);
  return command;
}

/// What feed.log says the log has reached; asked by the journal under its lock, before it cuts
/// anything.
Result<Seq> highest_cursor(const std::string& path, const store::LedgerIdentity& ledger) {
  io::FileSystem& files = io::posix_file_system();
  HF_ASSIGN(exists, files.exists(path));
  if (!exists) return Seq{0};
  HF_ASSIGN(cursors, feed::CursorFile::open(files, path, ledger.ledger_id));
  return cursors->highest_cursor(ledger.incarnation);
}

Error needs_keys(const NodeOptions& options) {
  if (!options.ledger_url.empty()) {
    return {ErrorCode::kConfigInvalid,
            fmt::format("{0} can be reached from other machines, and that needs API keys, which are "
                        "in the ledger's database: make the first one with `holdfast key create "
                        "--ledger URL --name admin --scopes admin`, then start again; or listen on "
                        "127.0.0.1",
                        options.listen.host),
            {}};
  }
  return {ErrorCode::kConfigInvalid,
          fmt::format("{0} can be reached from other machines, and that needs API keys: make the first one "
                      "with `holdfast key create --data-dir {1} --name admin --scopes admin`, then start "
                      "again; or listen on 127.0.0.1",
                      options.listen.host, options.data_dir),
          {}};
}

/// Before anything is made: a refused start leaves nothing behind.
Status check_address(const NodeOptions& options) {
  if (http::is_loopback_address(options.listen.host)) return {};
  if (!options.ledger_url.empty()) return {};  // looked at once the database is open
  HF_ASSIGN(kept, io::posix_file_system().exists(
                      fmt::format("{}/{}", options.data_dir, http::KeyBook::kFileName)));
  if (!kept) return fail(needs_keys(options));
  return {};
}

}  // namespace

Node::Node(NodeOptions options, telemetry::Log& log) : options_(std::move(options)), log_(log) {}

Node::~Node() {
  // whoever answers stops before what it answers from; members then end in reverse order of their
  // making
  if (http_) http_->stop();
  if (feed_) feed_->stop();
  http_.reset();
  local_.reset();
  shared_.reset();
}

Result<std::unique_ptr<Node>> Node::start(NodeOptions options, telemetry::Log& log) {
  HF_TRY(check_address(options));
  std::unique_ptr<Node> node(new Node(std::move(options), log));
  HF_TRY(node->load_tls());
  // Each stage needs only the ones before it; the first that fails ends the start.
  HF_TRY(node->start_engine());    // 1. the journal, recovered, and the ledger that replays it
  HF_TRY(node->open_keys());       // 2. who may come in: an address beyond loopback needs keys
  HF_TRY(node->apply_channels());  // 3. what the configuration says about channels, as commands
  HF_TRY(node->start_feed());      // 4. the way out: its sinks
  HF_TRY(node->start_intake());    // 5. the way in: signed sources
  HF_TRY(node->start_http());      // 6. the door
  node->start_couriers();          // 7. a courier per sink: other nodes hear where this one listens
  return node;
}

Status Node::start_engine() {
  HF_TRY(options_.ledger_url.empty() ? start_local() : start_shared());
  if (options_.port_around) around_ = options_.port_around(*executor_);
  port_ = around_ ? around_.get() : executor_;
  return {};
}

Status Node::start_shared() {
  SharedLedgerOptions options;
  options.url = options_.ledger_url;
  options.durability = options_.ledger_durability;
  options.data_dir = options_.data_dir;
  options.idempotency_window = options_.idempotency_window;
  options.idempotency_keys_max = options_.idempotency_keys_max;
  HF_ASSIGN(shared, SharedLedger::start(options, clock_, random_, metrics_));
  shared_ = std::move(shared);
  executor_ = &shared_->executor();
  events_ = &shared_->log();
  HF_ASSIGN(url, store::postgres::Url::parse(options_.ledger_url));
  tables_ = std::make_unique<SharedTables>(url, random_);
  recovery_.last_seq = shared_->facts().last_seq;
  return {};
}

Status Node::start_local() {
  store::JournalOptions journal_options;
  journal_options.find_known_seq = [path = options_.data_dir +
                                           "/feed.log"](const store::LedgerIdentity& ledger) {
    return highest_cursor(path, ledger);
  };
  journal_options.on_fatal = options_.on_fatal;
  journal_options.on_warning = [&log = log_](const Error& error) {
    log.warning("the journal goes on without something it wants", {{"error", error.detail}});
  };
  if (options_.segment_bytes > 0) journal_options.segment_bytes = options_.segment_bytes;
  HF_ASSIGN(journal, store::Journal::open(io::posix_file_system(), options_.data_dir,
                                          std::move(journal_options)));
  journal_ = std::move(journal);
  snapshots_ = std::make_unique<engine::JournalSnapshots>(*journal_);
  engine::LocalExecutorOptions options;
  options.idempotency_window = options_.idempotency_window;
  options.idempotency_keys_max = options_.idempotency_keys_max;
  if (options_.snapshot_events > 0) options.snapshots.events_between = options_.snapshot_events;
  options.accept_clock = options_.accept_clock;
  options.metrics = &metrics_;
  options.on_fatal = options_.on_fatal;
  HF_ASSIGN(executor,
            engine::LocalExecutor::start(*journal_, snapshots_.get(), clock_, std::move(options)));
  local_ = std::move(executor);
  executor_ = local_.get();
  events_ = journal_.get();
  recovery_ = local_->recovery();
  for (const std::string& remark : journal_->passed_over()) log_.warning(remark);
  return {};
}

Status Node::load_tls() {
  if (options_.tls_cert.empty() && options_.tls_key.empty()) return {};
  if (options_.tls_cert.empty() || options_.tls_key.empty()) {
    return fail(ErrorCode::kConfigInvalid, "server.tls_cert and server.tls_key go together: set both");
  }
  HF_ASSIGN(tls, io::TlsContext::load(options_.tls_cert, options_.tls_key));
  tls_ = std::move(tls);
  return {};
}

void Node::reload_tls() {
  if (!tls_) return;
  const Status reloaded = tls_->reload();
  if (reloaded) return log_.info("certificate read again", {{"file", options_.tls_cert}});
  log_.error("the certificate could not be read again; the old one goes on",
             {{"error", reloaded.error().detail}});
}

Status Node::open_keys() {
  const std::string path = fmt::format("{}/{}", options_.data_dir, http::KeyBook::kFileName);
  const io::OpenRecords records =
      tables_ ? tables_->keys() : io::RecordFile::opener(io::posix_file_system(), path, "keys");
  HF_ASSIGN(keys, http::KeyBook::open(records, tables_ ? "the API keys" : path, clock_, random_,
                                      options_.requests_per_key));
  keys_ = std::move(keys);
  if (tables_) key_changes_ = std::make_unique<http::KeyRefresher>(*keys_, log_);
  HF_TRY(check_source_names());
  if (http::is_loopback_address(options_.listen.host) || !keys_->empty()) return {};
  return fail(needs_keys(options_));
}

/// What a key told would count as told by the source of the same name, and the reverse.
Status Node::check_source_names() const {
  for (size_t i = 0; i < options_.sources.size(); ++i) {
    const std::string& name = options_.sources[i].name;
    if (!keys_->has(name)) continue;
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("sources[{0}].name: '{1}' is the name of an API key, and the two would share "
                            "their idempotency keys: give the source another name, or delete the key "
                            "with `holdfast key delete {1} --data-dir {2}`",
                            i, name, options_.data_dir));
  }
  return {};
}

/// Every channel that has settings.
static Result<std::vector<ChannelView>> all_channels(CommandPort& port) {
  std::vector<ChannelView> channels;
  Query query;
  query.type = QueryType::kChannels;
  do {
    HF_ASSIGN(page, query_and_wait(port, query));
    std::move(page.channels.begin(), page.channels.end(), std::back_inserter(channels));
    query.cursor = std::move(page.next_cursor);
  } while (!query.cursor.empty());
  return channels;
}

/// Channels of the file become settings of the ledger where they differ; one that was in the file
/// before and no longer is stays as it is, and can be changed through the API from now on.
Status Node::apply_channels() {
  HF_ASSIGN(known, all_channels(*port_));
  std::vector<Command> commands;
  for (const ChannelConfig& wanted : options_.channels) {
    bool equal = false;
    for (const ChannelView& channel : known) {
      equal = equal || (channel.id == wanted.id && channel.settings == wanted.settings);
    }
    if (!equal) commands.push_back(channel_command(wanted.id, wanted.settings));
  }
  for (const ChannelView& channel : known) {
    bool wanted = !channel.settings.managed_by_config;
    for (const ChannelConfig& config : options_.channels)
      wanted = wanted || config.id == channel.id;
    if (wanted) continue;
    ChannelSettings settings = channel.settings;
    settings.managed_by_config = false;
    commands.push_back(channel_command(channel.id, settings));
    log_.info("channel is no longer in the configuration; the API may change it from now on",
              {{"channel", channel.id}});
  }
  if (commands.empty()) return {};
  HF_ASSIGN(outcomes, submit_and_wait(*port_, std::move(commands)));
  for (const Outcome& outcome : outcomes) {
    if (outcome.error.code != ErrorCode::kNone) return fail(outcome.error);
  }
  return {};
}

Status Node::start_feed() {
  feed_source_ = std::make_unique<feed::LogFeedSource>(*events_);
  const feed::FeedServices services = {events_, executor_, &io::posix_file_system(),
                                       &clock_, &random_,  &metrics_};
  if (tables_) {
    feed::SharedFeedServices shared;
    shared.feed = services;
    shared.leases = &tables_->leases();
    feed_ = std::make_unique<feed::SharedFeed>(std::move(shared));
  } else {
    HF_ASSIGN(feed, feed::Feed::open(services, options_.data_dir + "/feed.log"));
    feed_ = std::move(feed);
  }
  HF_ASSIGN(awaited,
            io::posix_file_system().exists(options_.data_dir + "/" + store::kResumeAwaitedName));
  resume_awaited_ = awaited;
  if (awaited) feed_->start_paused(kRestoredReason);
  for (const connectors::SinkConfig& config : options_.sinks) {
    if (config.type == "webhook" && config.secrets.empty()) {
      log_.warning("a webhook sink signs nothing: its receiver cannot tell who sends; set `secrets`",
                   {{"sink", config.settings.name}});
    }
    HF_TRY(feed_->add_sink(config.settings, [config] { return connectors::make_sink(config); }));
  }
  return {};
}

Status Node::start_intake() {
  const std::string path = options_.data_dir + "/intake.log";
  const io::OpenRecords records =
      tables_ ? tables_->parked() : io::RecordFile::opener(io::posix_file_system(), path, "intake");
  HF_ASSIGN(parked, intake::ParkedFile::open(records, tables_ ? "parked deliveries" : path));
  intake_ = std::make_unique<intake::Intake>(*port_, std::move(parked), clock_);
  intake_->on_observed([this](const std::vector<ObservedLevel>& levels) { feed_->observe(levels); });
  for (const connectors::SourceConfig& config : options_.sources) {
    HF_ASSIGN(source, connectors::make_source(config));
    const std::string name = source->name();
    intake_->add(std::move(source));
    if (resume_awaited_) HF_TRY(intake_->pause(name));
  }
  return {};
}

Status Node::start_http() {
  http::ServerOptions options;
  options.address = options_.listen.host;
  options.port = options_.listen.port;
  options.hold_quota = options_.hold_quota;
  http::ServerPorts ports{*port_,        *executor_, *feed_source_, feed_.get(),
                          intake_.get(), keys_.get(), log_,         metrics_,
                          clock_};
  ports.tls = tls_.get();
  ports.resume = [this] { return resume(); };
  if (shared_) ports.durability = shared_->durability();
  ports.not_ready = [this] { return std::string(executor_->draining() ? "draining" : ""); };
  HF_ASSIGN(server, http::HttpServer::start(options, std::move(ports)));
  http_ = std::move(server);
  return {};
}

void Node::start_couriers() {
  if (tables_) tables_->leases().listen_at(fmt::format("{}:{}", options_.listen.host, port()));
  feed_->start();
}

/// The file goes last: after a crash in between they are paused again, and resumed again.
Result<bool> Node::resume() {
  const std::lock_guard lock(resume_mutex_);
  if (!resume_awaited_) return false;
  feed_->resume_paused_for(kRestoredReason);
  for (const intake::SourceStatus& source : intake_->status()) HF_TRY(intake_->resume(source.name));
  io::FileSystem& files = io::posix_file_system();
  const std::string path = options_.data_dir + "/" + store::kResumeAwaitedName;
  HF_ASSIGN(is_there, files.exists(path));
  if (is_there) HF_TRY(files.remove(path));
  HF_TRY(files.sync_directory(options_.data_dir));
  resume_awaited_ = false;
  return true;
}

void Node::be_watched_by(Watchdog* watchdog) {
  // On a full disk the flush waits for space, without loss; a restart would not help.
  watchdog->watch(
      "sequencer",
      [this](std::function<void()> done) {
        if (local_) return local_->answer_when_alive(std::move(done));
        shared_->executor().answer_when_alive(std::move(done));
      },
      [this] { return local_ && local_->waits_for_room(); });
  watchdog->watch("event loop", [this](std::function<void()> done) {
    http_->answer_when_alive(std::move(done));
  });
}

Status Node::drain() {
  http_->start_draining();    // 1. load balancers look elsewhere
  http_->stop();              // 2. requests in flight are answered, connections closed
  feed_->stop();              // 3. couriers put their cursors down; what is in flight is told again
  if (const Status saved = keys_->save_last_used(); !saved) {
    log_.warning("when keys were last used could not be written", {{"error", saved.error().detail}});
  }
  return executor_->drain();  // 4. everything durable, a snapshot written
}

}  // namespace holdfast::app
