// All families, one line each. Test: tests/analysis/code_tasks_families_test.cpp
#pragma once

#include "analysis/code_tasks/families/family.h"

namespace assay::analysis::code_tasks {

std::unique_ptr<Family> sum_family();
std::unique_ptr<Family> product_family();
std::unique_ptr<Family> series_family();
std::unique_ptr<Family> count_family();
std::unique_ptr<Family> extreme_family();
std::unique_ptr<Family> extreme_index_family();
std::unique_ptr<Family> find_family();
std::unique_ptr<Family> clamp_family();
std::unique_ptr<Family> difference_family();
std::unique_ptr<Family> sorted_family();
std::unique_ptr<Family> digits_family();
std::unique_ptr<Family> power_family();
std::unique_ptr<Family> dot_family();
std::unique_ptr<Family> rearrange_family();
std::unique_ptr<Family> property_family();
std::unique_ptr<Family> run_family();
std::unique_ptr<Family> midpoint_family();
std::unique_ptr<Family> saturating_family();
std::unique_ptr<Family> divide_family();
std::unique_ptr<Family> fill_family();
std::unique_ptr<Family> map_family();
std::unique_ptr<Family> running_family();
std::unique_ptr<Family> interval_family();
std::unique_ptr<Family> replace_family();
std::unique_ptr<Family> select_family();

}  // namespace assay::analysis::code_tasks
