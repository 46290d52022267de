#include "check.h"

int main() { return trunkline::test::run_all(); }
