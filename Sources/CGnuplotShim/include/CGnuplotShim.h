#ifndef CGNUPLOT_SHIM_H
#define CGNUPLOT_SHIM_H
#endif
