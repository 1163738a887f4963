#include "tests/shared/nodes.h"
