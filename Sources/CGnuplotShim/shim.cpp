#include "CGnuplotShim.h"
