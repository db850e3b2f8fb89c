#include "cli/infer_site.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/claims/circuit_search.h"
#include "analysis/site_rules/rule_score.h"
#include "base/files.h"
#include "cli/circuit_task.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
namespace rules = analysis::site_rules;
using rules::SiteLab;

class SiteInference {
 public:
  SiteInference(const InferSiteOptions& options, const Common& common, Session& session) : options_(options), common_(common), session_(session) {}

  Result<int> run() {
    if (Status opened = open(); !opened) return fail(opened.error());
    Result<circuits::Circuit> circuit = circuit_of_site();
    if (!circuit) return fail(circuit.error());
    const bool halves = tests_.empty();
    Result<SiteLab> lab = SiteLab::create(hypothesis_.task, *network_, session_, halves ? SiteLab::Part::kFirstHalf : SiteLab::Part::kAll);
    if (!lab) return fail(lab.error());
    if (Status reached = must_reach(hypothesis_.task, lab->first_choices()); !reached) return fail(reached.error());
    Result<rules::SiteRule> rule = rules::read_rule(*lab, *circuit, options_.read, session_);
    if (!rule) return fail(rule.error());
    std::vector<SiteLab> held_out;
    if (halves) {
      Result<SiteLab> half = SiteLab::create(hypothesis_.task, *network_, session_, SiteLab::Part::kSecondHalf);
      if (!half) return fail(half.error());
      held_out.push_back(std::move(*half));
    }
    for (const analysis::Task& task : tests_) {
      Result<SiteLab> other = SiteLab::create(task, *network_, session_);
      if (!other) return fail(other.error());
      if (other->arguments() != lab->arguments()) return fail(other_decision(task.file));
      held_out.push_back(std::move(*other));
    }
    std::vector<const SiteLab*> seen;
    for (const SiteLab& one : held_out) {
      if (Status reached = must_reach(one.task(), one.first_choices()); !reached) return fail(reached.error());
      seen.push_back(&one);
    }
    rules::ScoreOptions scoring;
    if (options_.reference) {
      Result<analysis::CFunction> reference = analysis::CFunction::load(*options_.reference);
      if (!reference) return fail(reference.error());
      scoring.reference = std::move(*reference);
    }
    Result<rules::RuleScore> score = rules::score_rule(*rule, *lab, seen, scoring, session_);
    if (!score) return fail(score.error());
    return conclude(*rule, *lab, seen, *score);
  }

 private:
  Status open() {
    Result<analysis::Task> task = read(options_.task);
    if (!task) return fail(task.error());
    hypothesis_.task = *task;
    if (Status narrowed = narrow(hypothesis_.task, "--where", options_.where); !narrowed) return narrowed;
    if (!options_.test_where.empty()) {
      if (Status narrowed = narrow(*task, "--test-where", options_.test_where); !narrowed) return narrowed;
      tests_.push_back(std::move(*task));
    }
    for (const std::string& file : options_.tests) {
      Result<analysis::Task> other = read(file);
      if (!other) return fail(other.error());
      if (other->output.symbols != hypothesis_.task.output.symbols) return fail(other_decision(file));
      if (other->model != hypothesis_.task.model)
        return input_error(fmt::format("{} is about another model than {}", file, options_.task), "name one model");
      tests_.push_back(std::move(*other));
    }
    const Result<circuits::Network*> network = store_.network(hypothesis_.task.model);
    if (!network) return fail(network.error());
    network_ = *network;
    return {};
  }

  Error other_decision(const std::string& file) const {
    return {ErrorKind::kInput,
            fmt::format("{} has other arguments or output symbols than {}", file, options_.task),
            "test a rule on a task of the same decision",
            {}};
  }

  Result<analysis::Task> read(const std::string& file) const {
    Result<analysis::Task> task = analysis::read_task(file, {options_.verify.models});
    if (task && task->skipped) return input_error(*task->skipped, "install the model, or pass --models DIR");
    return task;
  }

  /// The stated circuit, or one that is found on seeded pairs of the task.
  Result<circuits::Circuit> circuit_of_site() {
    if (!options_.circuit.empty()) {
      Result<circuits::Circuit> circuit = circuits::read_circuit(options_.circuit);
      if (!circuit) return circuit;
      if (Status fits = analysis::check_circuit(*circuit, options_.circuit, *network_); !fits) return fail(fits.error());
      found_by_ = fmt::format("{} edges of {}", circuit->size(), fs::path(options_.circuit).filename().string());
      return circuit;
    }
    Result<Cache> cache = Cache::open(session_.cache_path);
    if (!cache) return fail(cache.error());
    analysis::Json report;
    analysis::ClaimContext context{hypothesis_, options_.verify, store_, *cache, session_, report};
    Result<analysis::ExampleSet> examples =
        analysis::make_examples(context, *network_, hypothesis_.task.domain, options_.examples, options_.read.seed);
    if (!examples) return fail(examples.error());
    analysis::CircuitSearchOptions search;
    search.discovery.rule = circuits::IntegrationRule::kMidpoint;
    search.discovery.readout = hypothesis_.task.output.readout;
    search.edges = options_.edges;
    search.by_sign = search.spans = true;
    search.seed = options_.read.seed;
    Result<analysis::FoundCircuit> found = analysis::find_circuit(*network_, hypothesis_.task, *examples, search, session_);
    if (!found) return fail(found.error());
    found->circuit.provenance.task_hash = hypothesis_.task.hash;
    if (Status folder = make_folder(); !folder) return fail(folder.error());
    if (Status written = circuits::write_circuit((folder_ / "circuit.json").string(), found->circuit, circuits::WrittenEdges::kKept); !written)
      return fail(written.error());
    found_by_ = fmt::format("{} edges found by EAP-IG on {} pairs", found->circuit.size(), found->examples);
    return std::move(found->circuit);
  }

  Status make_folder() {
    folder_ = options_.out.empty() ? fs::path("inferred") / hypothesis_.task.name : fs::path(options_.out);
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) return input_error(fmt::format("cannot create {}: {}", folder_.string(), error.message()), "name a folder that can be written");
    return {};
  }

  Result<int> conclude(const rules::SiteRule& rule, const SiteLab& lab, std::vector<const SiteLab*> labs, const rules::RuleScore& score) {
    labs.insert(labs.begin(), &lab);
    if (Status folder = make_folder(); !folder) return fail(folder.error());
    const double own = rules::agreement(rule, lab);
    const std::string provenance =
        fmt::format("Read by `assay infer` from {}, on {} prompts of {}, of which it decides {:.1f} % as the network does.", found_by_, lab.prompts(),
                    hypothesis_.task.name, 100 * own);
    std::vector<std::string> remarks = rules::remarks_of(score);
    remarks.insert(remarks.begin(), provenance);
    const rules::RuleText text = rules::to_c(rule, options_.function, hypothesis_.task, remarks);
    const std::string program = (folder_ / "inferred.c").string(), stated = (folder_ / "inferred.hypothesis.toml").string();
    const analysis::Task& asked = tests_.empty() ? hypothesis_.task : tests_.front();
    std::optional<analysis::FunctionSource> reference = options_.reference;
    if (reference) reference->file = fs::relative(reference->file, folder_).generic_string();
    if (Status written = write_file(program, text.text); !written) return fail(written.error());
    if (Status written = write_file(stated, rules::hypothesis_of(rule, text, asked, paths_of(asked), reference)); !written)
      return fail(written.error());
    nlohmann::json json = {{"program", text.text},
                           {"behavioural", score.behavioural()},
                           {"agreement", own},
                           {"tests", tests_json(score, symbols())},
                           {"rivals", rivals_json(score)},
                           {"hypothesis", stated}};
    for (const SiteLab* one : labs) {
      const analysis::FirstChoices& first = one->first_choices();
      json["first_choices"].push_back({{"task", one->task().name}, {"prompts", first.prompts}, {"reached", first.reached}});
      if (!common_.json()) fmt::print("{} {}\n", one->task().name, to_text(one->task(), first));
    }
    if (!common_.json()) fmt::print("{}\n{}\nwritten: {}\n\n", text.text, rules::to_table(score, symbols()), stated);
    int code = 0;
    if (!options_.no_verify) {
      Result<Cache> cache = Cache::open(session_.cache_path);
      if (!cache) return fail(cache.error());
      const analysis::Verification verification = analysis::verify({stated}, options_.verify, store_, *cache, session_);
      code = verification.exit_code();
      json["verification"] = analysis::to_json(verification);
      if (!common_.json()) fmt::print("{}", analysis::to_table(verification, common_.colour));
    }
    if (common_.json()) fmt::print("{}\n", json.dump(1));
    return code;
  }

  /// As the hypothesis in folder_ sees them.
  rules::HypothesisPaths paths_of(const analysis::Task& asked) const {
    rules::HypothesisPaths paths{fs::relative(asked.file, folder_).generic_string(), "inferred.c", std::nullopt};
    if (!options_.test_where.empty() || (tests_.empty() && !options_.where.empty())) {
      paths.where = asked.where;
      paths.where->file = fs::relative(asked.where->file, folder_).generic_string();
    }
    return paths;
  }

  std::vector<std::string> symbols() const {
    std::vector<std::string> texts;
    for (const circuits::TokenId symbol : hypothesis_.task.output.symbols) texts.push_back(hypothesis_.task.words.text(std::span(&symbol, 1)));
    return texts;
  }

  static nlohmann::json tests_json(const rules::RuleScore& score, const std::vector<std::string>& symbols) {
    nlohmann::json all = nlohmann::json::array();
    for (const rules::RuleTest& test : score.tests) {
      nlohmann::json one = {{"on", test.what}, {"cases", test.total}, {"changing", test.changing}, {"changed", test.changed}, {"rule", test.rule}};
      for (int k = 0; k < rules::kRivals; ++k) one[rules::kRivalNames[k]] = test.rivals[k];
      one[rules::kToldName] = test.told;
      if (test.equal) one["stays"] = test.stays;
      if (test.other_heads) one["other_heads"] = {{"sites", test.other_heads->sites}, {"changed", test.other_heads->changed}};
      for (const rules::RuleTest::Direction& each : test.directions)
        one["directions"].push_back({{"from", symbols[static_cast<std::size_t>(each.from)]},
                                     {"to", symbols[static_cast<std::size_t>(each.to)]},
                                     {"makes", rules::name_of(each.makes)},
                                     {"changing", each.changing},
                                     {"changed", each.changed}});
      all.push_back(std::move(one));
    }
    return all;
  }

  static nlohmann::json duel_json(const rules::RuleScore::Duel& duel) {
    return {{"rule_only", duel.rule_only}, {"rival_only", duel.rival_only}, {"p", duel.p}, {"beaten", duel.beaten()}};
  }

  static nlohmann::json rivals_json(const rules::RuleScore& score) {
    nlohmann::json all;
    for (int k = 0; k < rules::kRivals; ++k) all[rules::kRivalNames[k]] = duel_json(score.duels[k]);
    all["linear probe"]["site"] = score.probe_site;
    all[rules::kToldName] = duel_json(score.told);
    all[rules::kToldName]["decides"] = false;
    return all;
  }

  const InferSiteOptions& options_;
  const Common& common_;
  Session& session_;
  analysis::Hypothesis hypothesis_;  ///< only its task is set
  std::vector<analysis::Task> tests_;
  analysis::NetworkStore store_;
  circuits::Network* network_ = nullptr;
  fs::path folder_;
  std::string found_by_;
};

}  // namespace

int infer_site(const InferSiteOptions& options, const Common& common, Session& session) {
  SiteInference inference(options, common, session);
  const Result<int> code = inference.run();
  session.progress.finish();
  return code ? *code : report(code.error());
}

}  // namespace assay::cli
