#include "analysis/claims/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

#include "analysis/claims/attention_rows.h"
#include "base/files.h"
#include "base/hash.h"
#include "circuits/model/gguf/gguf.h"

namespace assay::analysis {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

constexpr std::string_view kEnding = ".hypothesis.toml";

/// Identity of a model without loading it: configuration, weights and words of a Hugging Face folder, or a GGUF file.
std::string hash_of_model(const std::string& path) {
  Hasher hasher;
  if (circuits::is_gguf_path(path)) {
    if (Result<MappedFile> file = MappedFile::open(path)) hasher.add(file->bytes());
    return hasher.hex();
  }
  for (const char* name : {"config.json", "model.safetensors", "vocab.json", "task.json", "tokenizer.json"})
    if (Result<MappedFile> file = MappedFile::open(path + "/" + name)) hasher.add(file->bytes());
  return hasher.hex();
}

struct Keys {
  std::string base;
  std::string of(std::string_view what) const { return Hasher().add(base).add(what).hex(); }
};

Keys keys_of(const Hypothesis& hypothesis, const VerifyOptions& options, const Session& session) {
  Hasher hasher;
  hasher.add(hypothesis.hash).add(hash_of_model(hypothesis.task.model)).add(options.deep ? 1 : 0);
  hasher.add(options.replay_natively ? 1 : 0).add(static_cast<std::int64_t>(options.exact_seconds * 1000));
  hasher.add(static_cast<std::int64_t>(session.budget.solver_rlimit)).add(static_cast<std::int64_t>(session.budget.unroll));
  return {cache_key("claims 3", {hasher.hex()})};  // and what the binary is: no build reads the verdicts of another
}

const ClaimKind* kind_named(const std::string& name) {
  for (const auto& kind : claim_kinds())
    if (kind->name() == name) return kind.get();
  return nullptr;
}

/// An error inside a claim becomes its outcome, so that the other claims are still checked.
void take_error(const Error& error, ClaimResult& result) {
  result.outcome = error.kind == ErrorKind::kUnsupported ? Outcome::kUnsupported : Outcome::kUndecided;
  result.evidence = EvidenceKind::kNone;
  result.summary = error.to_string();
  result.details["error"] = name_of(error.kind);
}

/// Broken input and mistakes of our own end the hypothesis; a budget or an unsupported construct is a claim's outcome.
bool ends_hypothesis(ErrorKind kind) {
  return kind == ErrorKind::kInput || kind == ErrorKind::kUsage || kind == ErrorKind::kInternal || kind == ErrorKind::kCancelled;
}

struct Checked {
  ClaimResult claim;
  std::optional<Error> error;
};

Checked check_claim(ClaimContext& context, const ClaimSpec& spec, const Keys& keys) {
  Checked checked;
  ClaimResult& claim = checked.claim;
  const std::string key = keys.of("claim " + spec.id);
  if (std::optional<std::string> cached = context.cache.get(key)) {
    const Json json = Json::parse(*cached, nullptr, false);
    if (json.is_object() && json.contains("claim"))
      if (std::optional<ClaimResult> known = claim_from_json(json["claim"])) {
        claim = std::move(*known);
        claim.expect = spec.expect;
        claim.from_cache = true;
        context.report.merge_patch(json.value("report", Json::object()));
        return checked;
      }
  }
  const ClaimKind* kind = kind_named(spec.kind);
  claim.id = spec.id;
  claim.kind = spec.kind;
  claim.link = kind->link();
  claim.domain = context.hypothesis.domain_of(spec).described();
  claim.expect = spec.expect;
  Json found = Json::object();
  ClaimContext inner{context.hypothesis, context.options, context.store, context.cache, context.session, found};
  const Clock::time_point begin = Clock::now();
  const Status status = kind->check(inner, spec, claim);
  claim.seconds = seconds_since(begin);
  if (!status) {
    if (ends_hypothesis(status.error().kind)) {
      checked.error = status.error();
      return checked;
    }
    take_error(status.error(), claim);
  }
  if (context.session.cancelled()) {
    checked.error = Error{ErrorKind::kCancelled, "interrupted", "run the command again: finished claims are cached"};
    return checked;
  }
  static_cast<void>(context.cache.put(key, Json{{"claim", to_json(claim)}, {"report", found}}.dump()));
  context.report.merge_patch(found);
  return checked;
}

void gather_report(ClaimContext& context, const Keys& keys, HypothesisResult& result) {
  const Hypothesis& hypothesis = context.hypothesis;
  result.task = describe_task(hypothesis);
  result.program = describe_function(hypothesis.program);
  if (hypothesis.reference) result.reference = describe_function(*hypothesis.reference);
  result.alignments = describe_alignments(hypothesis, context.report.value("alignments", Json()));
  result.circuit = context.report.value("circuit", Json());
  const std::string key = keys.of("report data 3");
  if (std::optional<std::string> cached = context.cache.get(key)) {
    const Json json = Json::parse(*cached, nullptr, false);
    if (json.is_object() && json.contains("network")) {
      result.network = json["network"];
      result.inputs = json.value("inputs", Json());
      result.attention = json.value("attention", Json());
      result.attention_rows = json.value("attention_rows", Json());
      return;
    }
  }
  Result<circuits::Network*> network = context.network();
  if (!network) return;
  result.network = describe_network(**network, hypothesis.task);
  result.inputs = describe_inputs(hypothesis, **network, result.claims);
  result.attention = describe_attention(hypothesis, **network, result.inputs);
  result.attention_rows = describe_attention_rows(hypothesis, result.circuit, **network, context.session);
  if (context.session.cancelled()) return;
  const Json found = {
      {"network", result.network}, {"inputs", result.inputs}, {"attention", result.attention}, {"attention_rows", result.attention_rows}};
  static_cast<void>(context.cache.put(key, found.dump()));
}

/// One hypothesis on its way through verify().
struct Entry {
  HypothesisResult result;
  std::optional<Hypothesis> hypothesis;  ///< absent: broken or skipped
  Keys keys;
  Json report = Json::object();
  std::vector<std::optional<Checked>> checked;  ///< per claim
};

Entry read_entry(const std::string& file, const VerifyOptions& options, const Session& session) {
  Entry entry;
  entry.result.file = file;
  entry.result.name = fs::path(file).filename().string();
  Result<Hypothesis> hypothesis = read_hypothesis(file, {options.models});
  if (!hypothesis) {
    entry.result.error = hypothesis.error();
    return entry;
  }
  entry.result.name = hypothesis->name;
  if (hypothesis->task.skipped) {
    entry.result.skipped = hypothesis->task.skipped;
    return entry;
  }
  entry.hypothesis = std::move(*hypothesis);
  entry.keys = keys_of(*entry.hypothesis, options, session);
  entry.checked.resize(entry.hypothesis->claims.size());
  return entry;
}

bool is_about_code(const ClaimSpec& spec) { return kind_named(spec.kind)->link() == 3; }

/// All claims of a run, spread over the session's threads. Hypotheses about one network share its outputs, so one worker at a time has that network;
/// claims about code need none and are spread one by one, after the networks have been given out.
class Workers {
 public:
  Workers(std::vector<Entry>& entries, const VerifyOptions& options, NetworkStore& store, Cache& cache, Session& session)
      : options_(options), store_(store), cache_(cache), session_(session) {
    for (Entry& entry : entries) {
      if (!entry.hypothesis) continue;
      const std::string& model = entry.hypothesis->task.model;
      auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& known) { return known.model == model; });
      if (group == groups_.end()) group = groups_.insert(groups_.end(), {model, {}});
      group->entries.push_back(&entry);
      claims_ += entry.checked.size();
      for (std::size_t claim = 0; claim < entry.checked.size(); ++claim)
        if (is_about_code(entry.hypothesis->claims[claim])) code_.emplace_back(&entry, claim);
    }
  }

  void run() {
    if (counts_claims()) session_.progress.stage("claims", claims_);
    std::vector<std::jthread> others;
    for (int i = 1; i < session_.threads; ++i) others.emplace_back([this] { work(); });
    work();
  }

 private:
  struct Group {
    std::string model;
    std::vector<Entry*> entries;  ///< in the order of the files
  };

  /// Of several networks at once the stages would alternate, so that claims are counted instead.
  bool counts_claims() const { return groups_.size() > 1; }

  void work() {
    const int threads = std::max(1, session_.threads / std::max(1, static_cast<int>(groups_.size())));
    QuietSession quiet(session_, threads);
    Session& own = counts_claims() ? static_cast<Session&>(quiet) : session_;
    for (std::size_t i = next_group_++; i < groups_.size() && !own.cancelled(); i = next_group_++) check_group(groups_[i], own);
    QuietSession single(session_, 1);
    for (std::size_t i = next_code_++; i < code_.size() && !own.cancelled(); i = next_code_++) check_code(*code_[i].first, code_[i].second, single);
  }

  void check_group(const Group& group, Session& session) {
    NetworkStore mine;  // its outputs, of large domains, are dropped with it
    move_network(store_, mine, group.model);
    for (Entry* entry : group.entries)
      if (!session.cancelled()) check_network_claims(*entry, mine, session);
    move_network(mine, store_, group.model);
  }

  void check_network_claims(Entry& entry, NetworkStore& store, Session& session) {
    ClaimContext context{*entry.hypothesis, options_, store, cache_, session, entry.report};
    for (std::size_t claim = 0; claim < entry.checked.size() && !session.cancelled(); ++claim) {
      const ClaimSpec& spec = entry.hypothesis->claims[claim];
      if (is_about_code(spec)) continue;
      session.progress.stage(fmt::format("{}: {}", entry.result.name, spec.id), 0);
      entry.checked[claim] = check_claim(context, spec, entry.keys);
      count();
      if (entry.checked[claim]->error) return;
    }
  }

  void check_code(Entry& entry, std::size_t claim, Session& session) {
    NetworkStore no_network;
    Json report = Json::object();
    ClaimContext context{*entry.hypothesis, options_, no_network, cache_, session, report};
    entry.checked[claim] = check_claim(context, entry.hypothesis->claims[claim], entry.keys);
    count();
  }

  void count() {
    const std::size_t done = ++done_;
    if (counts_claims()) session_.progress.step(done);
  }

  void move_network(NetworkStore& from, NetworkStore& to, const std::string& model) {
    const std::lock_guard lock(store_mutex_);
    to.take(from, model);
  }

  const VerifyOptions& options_;
  NetworkStore& store_;
  std::mutex store_mutex_;
  Cache& cache_;
  Session& session_;
  std::vector<Group> groups_;
  std::vector<std::pair<Entry*, std::size_t>> code_;
  std::size_t claims_ = 0;
  std::atomic<std::size_t> next_group_{0}, next_code_{0}, done_{0};
};

/// Claims in the order of the file; the first error ends the hypothesis.
void conclude(Entry& entry, const VerifyOptions& options, NetworkStore& store, Cache& cache, Session& session) {
  if (!entry.hypothesis) return;
  for (std::optional<Checked>& checked : entry.checked) {
    if (checked && checked->error) {
      entry.result.error = checked->error;
      return;
    }
    if (!checked) {
      entry.result.error = Error{ErrorKind::kCancelled, "interrupted", "run the command again: finished claims are cached"};
      return;
    }
    entry.result.claims.push_back(std::move(checked->claim));
  }
  ClaimContext context{*entry.hypothesis, options, store, cache, session, entry.report};
  gather_report(context, entry.keys, entry.result);
}

}  // namespace

namespace {

/// Of the names under which a store keeps the random controls of a folder's network.
std::string random_prefix(const std::string& folder) { return folder + " random "; }

}  // namespace

void NetworkStore::take(NetworkStore& from, const std::string& folder) {
  for (auto it = from.networks_.begin(); it != from.networks_.end();) {
    const auto found = it++;
    if (found->first == folder || found->first.starts_with(random_prefix(folder))) networks_.insert(from.networks_.extract(found));
  }
}

Result<circuits::Network*> NetworkStore::network(const std::string& folder) {
  if (const auto found = networks_.find(folder); found != networks_.end()) return found->second.get();
  Result<circuits::Engine*> engine = circuits::open_engine();
  if (!engine) return fail(engine.error());
  Result<std::unique_ptr<circuits::Network>> network = (*engine)->load(folder, {});
  if (!network) return fail(network.error());
  return (networks_[folder] = std::move(*network)).get();
}

Result<circuits::Network*> NetworkStore::random_network(const std::string& folder, std::uint64_t seed) {
  const std::string name = fmt::format("{}{}", random_prefix(folder), seed);
  if (const auto found = networks_.find(name); found != networks_.end()) return found->second.get();
  Result<circuits::Engine*> engine = circuits::open_engine();
  if (!engine) return fail(engine.error());
  circuits::LoadOptions options;
  options.random_weights = true;
  options.seed = seed;
  Result<std::unique_ptr<circuits::Network>> network = (*engine)->load(folder, options);
  if (!network) return fail(network.error());
  return (networks_[name] = std::move(*network)).get();
}

Result<const NetworkOutputs*> NetworkStore::outputs(circuits::Network& network, const Task& task, const Domain& domain, Cache& cache,
                                                    Session& session) {
  const std::string key = network.info().hash + domain.fingerprint() + std::to_string(static_cast<int>(task.output.readout.kind)) +
                          task.words.text(task.output.readout.allowed);
  if (const auto found = outputs_.find(key); found != outputs_.end()) return found->second.get();
  Result<NetworkOutputs> outputs = compute_outputs(network, task, domain, cache, session);
  if (!outputs) return fail(outputs.error());
  return (outputs_[key] = std::make_unique<NetworkOutputs>(std::move(*outputs))).get();
}

Result<std::vector<std::string>> find_hypotheses(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) {
      files.push_back(path);
      continue;
    }
    if (!fs::is_directory(path, error))
      return input_error(fmt::format("{} does not exist", path), "name a *.hypothesis.toml file, or a folder that holds some");
    std::set<std::string> found;
    for (fs::recursive_directory_iterator it(path, fs::directory_options::skip_permission_denied, error), end; !error && it != end;
         it.increment(error)) {
      const std::string name = it->path().string();
      if (name.size() > kEnding.size() && name.ends_with(kEnding) && it->is_regular_file(error)) found.insert(name);
    }
    if (found.empty()) return input_error(fmt::format("{} holds no *.hypothesis.toml", path), "name a folder of hypotheses, for example zoo");
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

Verification verify(const std::vector<std::string>& files, const VerifyOptions& options, NetworkStore& store, Cache& cache, Session& session) {
  Verification verification;
  const Clock::time_point begin = Clock::now();
  std::vector<Entry> entries;
  entries.reserve(files.size());
  for (const std::string& file : files) entries.push_back(read_entry(file, options, session));
  Workers(entries, options, store, cache, session).run();
  verification.interrupted = session.cancelled();
  for (Entry& entry : entries) {
    conclude(entry, options, store, cache, session);
    verification.hypotheses.push_back(std::move(entry.result));
  }
  session.progress.finish();
  verification.seconds = seconds_since(begin);
  return verification;
}

namespace {

std::string verdict_text(const ClaimResult& claim) { return fmt::format("{} by {}", name_of(claim.grade()), name_of(claim.evidence)); }

std::string stem_of(const std::string& file) {
  std::string stem = fs::path(file).filename().string();
  stem.resize(stem.size() - std::min(stem.size(), kEnding.size()));
  return stem;
}

std::map<std::string, std::map<std::string, std::string>> found_verdicts(const Verification& verification) {
  std::map<std::string, std::map<std::string, std::string>> by_folder;
  for (const HypothesisResult& hypothesis : verification.hypotheses)
    for (const ClaimResult& claim : hypothesis.claims)
      by_folder[fs::path(hypothesis.file).parent_path().string()][stem_of(hypothesis.file) + "/" + claim.id] = verdict_text(claim);
  return by_folder;
}

}  // namespace

void compare_with_expected(Verification& verification) {
  for (const auto& [folder, found] : found_verdicts(verification)) {
    const std::string path = (fs::path(folder) / "expected.json").string();
    std::error_code error;
    if (!fs::exists(path, error)) continue;
    Result<std::string> text = read_file(path);
    const Json json = text ? Json::parse(*text, nullptr, false) : Json();
    if (!json.is_object() || !json.contains("claims") || !json["claims"].is_object()) {
      verification.unexpected.push_back(path + ": not an expected-verdict file");
      continue;
    }
    std::set<std::string> checked;  // only hypotheses that took part to their end
    for (const HypothesisResult& hypothesis : verification.hypotheses)
      if (!hypothesis.error && fs::path(hypothesis.file).parent_path().string() == folder) checked.insert(stem_of(hypothesis.file));
    for (const auto& [id, verdict] : found) {
      const std::string expected =
          json["claims"].contains(id) && json["claims"][id].is_string() ? json["claims"][id].get<std::string>() : "(nothing)";
      if (expected != verdict) verification.unexpected.push_back(fmt::format("{}: {}: expected {}, found {}", path, id, expected, verdict));
    }
    for (const auto& [id, verdict] : json["claims"].items())
      if (checked.contains(id.substr(0, id.find('/'))) && !found.contains(id))
        verification.unexpected.push_back(fmt::format("{}: {}: was not checked", path, id));
  }
}

Status write_expected(const Verification& verification) {
  for (const auto& [folder, found] : found_verdicts(verification)) {
    const Json json = {{"version", 1}, {"claims", found}};
    if (Status status = write_file((fs::path(folder) / "expected.json").string(), json.dump(1) + "\n"); !status) return status;
  }
  return {};
}

}  // namespace assay::analysis
