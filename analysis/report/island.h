// What the page's script reads: hypotheses as they are in the result, with circuits laid out, and attention patterns shared.
//
//   {"hypotheses": [{..., "layout": 0, "attention": [3, 4, null]}], "layouts": [...], "patterns": [[layer][head][row][number]]}
//
// Hypotheses of one network mostly list the same inputs, so patterns are kept once per network and input, in thousandths and without
// the zeros at the end of a row (what lies behind a position is masked); a layout is kept once per circuit. Test: tests/analysis/report_test.cpp
#pragma once

#include "analysis/report/result_file.h"

namespace assay::analysis {

Json make_island(const ResultFile& result);
/// Into a hypothesis: the nodes of each alignment's site, and `links` of the program's lines (rule_links.h).
void add_links(Json& hypothesis);

}  // namespace assay::analysis
