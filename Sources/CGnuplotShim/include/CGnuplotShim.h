#ifndef CGNUPLOT_SHIM_H
#define CGNUPLOT_SHIM_H

#include <stddef.h>

// A gnuplot process behind functions that C, and so Swift, can call: gnuplot-iostream is C++ only.
//
// A session is used by one thread at a time; different sessions may run in parallel. A gnuplot that dies early
// makes writes fail with GP_BROKEN: SIGPIPE never reaches the program, and its disposition is left alone.

#ifdef __cplusplus
extern "C" {
#endif

#define GP_OK 0
#define GP_BROKEN (-1)

typedef struct gp_session gp_session;

// Starts `command` in a shell with a pipe to its standard input. NULL with errno set if that fails; a command that
// does not exist shows only in the status of gp_close (127).
gp_session *_Nullable gp_open(const char *_Nonnull command);

// Sends one or more lines of gnuplot commands. GP_OK or GP_BROKEN.
int gp_send(gp_session *_Nonnull session, const char *_Nonnull text);

// Sends the datablock $name: `values` is [rows, columns], row by row, printed with nine digits.
// GP_OK or GP_BROKEN.
int gp_block(gp_session *_Nonnull session, const char *_Nonnull name, const double *_Nonnull values,
             size_t rows, size_t columns);

// Ends the input, waits for the process and frees the session. Returns the exit status 0...255, 128 + signal,
// or -1 if the system does not tell.
int gp_close(gp_session *_Nonnull session);

#ifdef __cplusplus
}
#endif
#endif
