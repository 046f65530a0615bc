// Greedy and Gumbel-max choice of a token from a row of logits.

INLINE float uniform_of_word(uint32_t word) { return ((float)(word >> 8) + 0.5f) * 0x1p-24f; }  // (0, 1)

// Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
INLINE void philox(uint32_t x[4], uint64_t seed) {
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = (uint64_t)0xD2511F53u * x[0], b = (uint64_t)0xCD9E8D57u * x[2];
    const uint32_t y0 = (uint32_t)(b >> 32) ^ x[1] ^ k0, y2 = (uint32_t)(a >> 32) ^ x[3] ^ k1;
    x[0] = y0;
    x[1] = (uint32_t)b;
    x[2] = y2;
    x[3] = (uint32_t)a;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

static int32_t argmax_row(const float *logits, size_t n) {
  size_t best = 0;
  float largest = -INFINITY;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const vec x = LOAD(logits + i);
    const vec known = SELECT(x == x, x, splat(-INFINITY));
    if (max_lanes(known) > largest) {
      for (size_t j = i; j < i + LANES; ++j) {
        if (logits[j] > largest) {
          largest = logits[j];
          best = j;
        }
      }
    }
  }
  for (; i < n; ++i) {
    if (logits[i] > largest) {
      largest = logits[i];
      best = i;
    }
  }
  return (int32_t)best;
}

static int32_t gumbel_row(const float *logits, size_t n, float temperature, uint64_t seed, uint64_t stream) {
  size_t best = 0;
  float largest = -INFINITY;
  uint32_t words[4] = {0};
  for (size_t i = 0; i < n; ++i) {
    if (i % 4 == 0) {
      words[0] = (uint32_t)(i / 4);
      words[1] = 0;
      words[2] = (uint32_t)stream;
      words[3] = (uint32_t)(stream >> 32);
      philox(words, seed);
    }
    const float x = logits[i] / temperature - logf(-logf(uniform_of_word(words[i % 4])));
    if (x > largest) {
      largest = x;
      best = i;
    }
  }
  return (int32_t)best;
}

static void sample(rk_share *share, const void *arguments) {
  const rk_sample_args *g = arguments;
  FOR_MY_ROWS(row, g->rows) {
    const float *logits = g->logits + row * g->ld;
    g->token[row] = g->stream ? gumbel_row(logits, g->vocabulary, g->temperature, g->seed, g->stream[row])
                              : argmax_row(logits, g->vocabulary);
    share->work.bytes += sizeof(float) * g->vocabulary;
  }
}
