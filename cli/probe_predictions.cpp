#include "cli/probe_predictions.h"

#include <fmt/format.h>

#include "analysis/claims/claim.h"
#include "analysis/site_rules/site_probe.h"

namespace assay::cli {

namespace bench = analysis::bench;
using analysis::site_rules::SiteLab;
using analysis::site_rules::SiteProbe;

Result<std::optional<bench::ProbePredictions>> probe_predictions(const bench::Suite& suite, Session& session) {
  if (!suite.prediction || !suite.prediction->probe) return std::nullopt;
  const analysis::Task &trained_on = *suite.prediction->probe, &task = suite.prediction->task;
  analysis::NetworkStore store;
  const Result<circuits::Network*> network = store.network(task.model);
  if (!network) return fail(network.error());
  const Result<SiteLab> known = SiteLab::create(trained_on, **network, session);
  if (!known) return fail(known.error());
  const Result<SiteLab> asked = SiteLab::create(task, **network, session);
  if (!asked) return fail(asked.error());
  const Result<SiteProbe> probe = SiteProbe::learn(*known, (*network)->info().layers - 1);
  if (!probe) return fail(probe.error());
  const Result<std::vector<int>> decided = probe->decide(*asked);
  if (!decided) return fail(decided.error());
  bench::ProbePredictions predictions{fmt::format("a linear probe ({})", probe->site()), {}};
  for (const int symbol : *decided) predictions.tokens.push_back(task.words.symbol(task.output.symbols[static_cast<std::size_t>(symbol)]));
  session.progress.finish();
  return std::optional(std::move(predictions));
}

}  // namespace assay::cli
