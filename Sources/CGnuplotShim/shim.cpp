#include "CGnuplotShim.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <gnuplot-iostream.h>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

// The library's own pipe handling drops the exit status, so the session owns the process and lends the library
// a second descriptor of the pipe.
struct gp_session {
  std::FILE *pipe = nullptr;
  std::unique_ptr<Gnuplot> gnuplot;
  bool broken = false;
};

namespace {

// Keeps a SIGPIPE that this thread causes from being delivered. Ignoring the signal for the whole process would
// change how the program behaves in front of `| head`.
class SigpipeGuard {
 public:
  SigpipeGuard() {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    wasPending_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &previous_);
  }

  ~SigpipeGuard() {
    if (!wasPending_) {
      const struct timespec zero = {0, 0};
      while (sigtimedwait(&pipe_, nullptr, &zero) == -1 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
  }

  SigpipeGuard(const SigpipeGuard &) = delete;
  SigpipeGuard &operator=(const SigpipeGuard &) = delete;

 private:
  sigset_t pipe_;
  sigset_t previous_;
  bool wasPending_ = false;
};

// No exception may cross into C. Once broken, always broken.
template <typename Write>
int guarded(gp_session *session, Write write) {
  if (session->broken) return GP_BROKEN;
  SigpipeGuard guard;
  try {
    write(*session->gnuplot);
    session->gnuplot->flush();
    session->broken = !*session->gnuplot;
  } catch (...) {
    session->broken = true;
  }
  return session->broken ? GP_BROKEN : GP_OK;
}

}  // namespace

extern "C" gp_session *gp_open(const char *command) {
  try {
    auto session = std::make_unique<gp_session>();
    // Close-on-exec, here and below: a second child that inherited the pipe would keep the first one from seeing
    // its end.
    session->pipe = popen(command, "we");
    if (!session->pipe) return nullptr;
    const int descriptor = fcntl(fileno(session->pipe), F_DUPFD_CLOEXEC, 0);
    std::FILE *stream = descriptor < 0 ? nullptr : fdopen(descriptor, "w");
    if (!stream) {
      const int reason = errno;
      if (descriptor >= 0) close(descriptor);
      pclose(session->pipe);
      errno = reason;
      return nullptr;
    }
    session->gnuplot = std::make_unique<Gnuplot>(stream);
    session->gnuplot->precision(9);
    return session.release();
  } catch (...) {
    errno = ENOMEM;
    return nullptr;
  }
}

extern "C" int gp_send(gp_session *session, const char *text) {
  return guarded(session, [=](std::ostream &out) { out << text << '\n'; });
}

extern "C" int gp_block(gp_session *session, const char *name, const double *values, size_t rows,
                        size_t columns) {
  return guarded(session, [=](std::ostream &out) {
    out << '$' << name << " << EOD\n" << std::defaultfloat;
    for (size_t row = 0; row < rows; ++row)
      for (size_t column = 0; column < columns; ++column)
        out << values[row * columns + column] << (column + 1 == columns ? '\n' : ' ');
    out << "EOD\n";
  });
}

extern "C" int gp_close(gp_session *session) {
  SigpipeGuard guard;
  try {
    session->gnuplot.reset();
  } catch (...) {
  }
  const int status = pclose(session->pipe);
  delete session;
  if (status == -1) return -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
