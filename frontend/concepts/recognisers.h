// The factories that registry.cpp lists, one for each recogniser file.
#pragma once

#include "frontend/concepts/recogniser.h"

namespace assay::concepts {

std::unique_ptr<Recogniser> accumulator();
std::unique_ptr<Recogniser> early_exit();
std::unique_ptr<Recogniser> flag();
std::unique_ptr<Recogniser> guard();
std::unique_ptr<Recogniser> index_expression();
std::unique_ptr<Recogniser> initial_value();
std::unique_ptr<Recogniser> lookup_table();
std::unique_ptr<Recogniser> loop_bound();
std::unique_ptr<Recogniser> loop_step();
std::unique_ptr<Recogniser> recursion();
std::unique_ptr<Recogniser> return_value();
std::unique_ptr<Recogniser> running_extreme();
std::unique_ptr<Recogniser> state_variable();
std::unique_ptr<Recogniser> swap();

}  // namespace assay::concepts
