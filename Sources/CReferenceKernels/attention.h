// Causal attention over a paged cache with an online softmax, for prompt chunks and for decoding sequences alike.
//
// A task is a few query rows of one sequence and the query heads that share one key-value head: `group` heads × rows are the rows of
// two small matrix products on the register tile. The context is visited in blocks of 64 tokens from position 0:
//
//   S [rows, 64] = Q [rows, dim] · K^T        K of a page is stored [dim, 16 tokens]: B's vectors are tokens
//   m' = max(m, max S);  P = exp(S - m');  l = l · exp(m - m') + Σ P
//   O [rows, dim] = O · exp(m - m') + P · V   V of a page is stored [16 tokens, dim]: B's vectors are elements
//
// (Milakov, Gimelshein: "Online normalizer calculation for softmax", 2018; Dao: "FlashAttention-2", 2023.) Tokens that a row may not see
// have S = -inf, so P = 0, and change nothing. A row's numbers are therefore the same in any task, in any chunk.

// The buffers of one task, in the thread's scratch.
typedef struct {
  size_t padded;  // elements of a row of O
  float *q;       // for each tile of rows [dim, RK_TILE_ROWS]: what the tile needs at once lies together
  float *o, *scores, *sums, *maxima, *keys, *values;
} attention_buffers;

static attention_buffers buffers_in(float *scratch, size_t pairs, size_t dim) {
  attention_buffers b = {.padded = rk_round_up(dim, LANES)};
  b.q = scratch;
  b.o = b.q + rk_attention_q_elements(pairs, dim);
  b.scores = b.o + pairs * b.padded;
  b.sums = b.scores + pairs * RK_ATTENTION_BLOCK;
  b.maxima = b.sums + pairs * LANES;
  b.keys = b.maxima + rk_round_up(pairs, LANES);
  b.values = b.keys + RK_ATTENTION_BLOCK * b.padded;
  return b;
}

enum { BLOCK_PAGES = RK_ATTENTION_BLOCK / RK_PAGE };

// Where the keys and values of the pages of a block are.
typedef struct {
  const float *keys[BLOCK_PAGES], *values[BLOCK_PAGES];
} block_pages;

// S of a tile's rows: one vector of 16 tokens a page.
#define SCORES_TILE(R, V)                                                                             \
  {                                                                                                   \
    vec sums[R][RK_TILE_VECTORS] = {};                                                                \
    tile_columns b = {.step = RK_PAGE};                                                               \
    for (int v = 0; v < (V); ++v) {                                                                   \
      b.base[v] = pages->keys[page + (size_t)v];                                                      \
      b.ahead[v] = ahead->keys[page + (size_t)v];                                                     \
    }                                                                                                 \
    tile(R, V, dim, q, 1, RK_TILE_ROWS, b, true, sums);                                                              \
    for (int r = 0; r < (R); ++r) {                                                                   \
      for (int v = 0; v < (V); ++v) STORE(s + r * RK_ATTENTION_BLOCK + (page + (size_t)v) * RK_PAGE, sums[r][v]); \
    }                                                                                                 \
  }

static void scores_of_rows(size_t rows, size_t count, size_t dim, const float *q, const block_pages *pages,
                           const block_pages *ahead, float *s) {
  for (size_t page = 0; page < count; page += RK_TILE_VECTORS) {
    const size_t vectors = rk_min(RK_TILE_VECTORS, count - page);
    RK_FOR_TILE(rows, vectors, SCORES_TILE)
  }
}

// O of a tile's rows: scaled, then the tokens in order.
#define OUTPUT_TILE(R, V)                                                                             \
  {                                                                                                   \
    vec sums[R][RK_TILE_VECTORS];                                                                     \
    for (int r = 0; r < (R); ++r) {                                                                   \
      for (int v = 0; v < (V); ++v) sums[r][v] = LOAD(o + (size_t)r * padded + column + v * LANES) * scale[r]; \
    }                                                                                                 \
    for (size_t page = 0; page * RK_PAGE < tokens; ++page) {                                          \
      tile_columns b = {.step = padded};                                                              \
      for (int v = 0; v < (V); ++v) {                                                                 \
        b.base[v] = pages->values[page] + column + v * LANES;                                         \
        b.ahead[v] = ahead->values[page] + column + v * LANES;                                        \
      }                                                                                               \
      const size_t here = rk_min(RK_PAGE, tokens - page * RK_PAGE);                                   \
      tile(R, V, here, p + page * RK_PAGE, RK_ATTENTION_BLOCK, 1, b, true, sums);                     \
    }                                                                                                 \
    for (int r = 0; r < (R); ++r) {                                                                   \
      for (int v = 0; v < (V); ++v) STORE(o + (size_t)r * padded + column + v * LANES, sums[r][v]);   \
    }                                                                                                 \
  }

static void output_of_rows(size_t rows, size_t tokens, const float *p, const float *scale, const block_pages *pages,
                           const block_pages *ahead, float *o, size_t padded) {
  for (size_t column = 0; column < padded; column += RK_TILE_VECTORS * LANES) {
    const size_t vectors = rk_min(RK_TILE_VECTORS, (padded - column) / LANES);
    RK_FOR_TILE(rows, vectors, OUTPUT_TILE)
  }
}

// S of `valid` tokens into P in place; the new maximum, and the sum's 16 partial sums once scaled. -inf and 0 beyond `valid`.
INLINE void softmax_row(float *s, size_t valid, float *maximum, float *factor) {
  vec x[BLOCK_PAGES];
  vec largest = splat(-INFINITY);
  for (int i = 0; i < BLOCK_PAGES; ++i) {
    const ivec seen = LANE_NUMBERS + i * LANES < (ivec){} + (int32_t)valid;
    x[i] = SELECT(seen, (vec)LOAD(s + i * LANES), splat(-INFINITY));
    largest = SELECT(x[i] > largest, x[i], largest);
  }
  const float before = *maximum, now = fmaxf(before, max_lanes(largest));
  *maximum = now;
  *factor = before - now;
  for (int i = 0; i < BLOCK_PAGES; ++i) STORE(s + i * LANES, exp_vec(x[i] - now));
}

// Page `number` of a sequence and head: K, then V.
INLINE const uint8_t *page_in_cache(const rk_kv_cache *cache, const rk_sequence *sequence, size_t kv_head, size_t number) {
  const size_t block = (size_t)sequence->block_table[number];
  const size_t bytes = rk_kv_page_elements(cache->dim) * (cache->fp8 ? 1 : sizeof(float));
  return (const uint8_t *)cache->data + (block * cache->kv_heads + kv_head) * bytes;
}

// n codes, a multiple of 16, as numbers (without the scale); fetches those needed later meanwhile.
INLINE void floats_of_codes(const uint8_t *codes, const uint8_t *later, size_t n, float *numbers) {
  for (size_t i = 0; i < n; i += LANES) {
    if (i % 64 == 0) __builtin_prefetch(later + i);
    STORE(numbers + i, vec_of_e4m3(codes + i));
  }
}

// One task: rows first ..< first + rows of a sequence, one key-value head.
static void attention_task(rk_share *share, const rk_attention_args *g, const rk_sequence *sequence, size_t first,
                           size_t rows, size_t kv_head) {
  const rk_kv_cache cache = g->cache;
  const size_t dim = cache.dim, group = g->heads / cache.kv_heads, pairs = rows * group;
  const attention_buffers at = buffers_in(share->scratch, pairs, dim);
  const size_t context = sequence->cached + first + rows, padded = at.padded;
  const size_t element = cache.fp8 ? 1 : sizeof(float);
  const bool last = first + rows == sequence->rows;
  const float *q = g->q + (sequence->first_row + first) * g->ldq + kv_head * group * dim;
  const float scale = g->scale * cache.k_scale;
  const size_t tiles = row_tiles(pairs);
  for (size_t i = 0; i < tiles; ++i) {
    const size_t start = row_tile_start(pairs, tiles, i), end = row_tile_start(pairs, tiles, i + 1);
    for (size_t pair = start; pair < end; ++pair) {
      const float *from = q + pair / group * g->ldq + pair % group * dim;
      float *to = at.q + i * RK_TILE_ROWS * dim + (pair - start);
      for (size_t j = 0; j < dim; ++j) to[j * RK_TILE_ROWS] = from[j] * scale;
      at.maxima[pair] = -INFINITY;
    }
  }
  memset(at.o, 0, sizeof(float) * pairs * padded);
  memset(at.sums, 0, sizeof(float) * pairs * LANES);

  for (size_t start = 0; start < context; start += RK_ATTENTION_BLOCK) {
    const size_t tokens = rk_min(RK_ATTENTION_BLOCK, context - start);
    block_pages pages, ahead;
    for (size_t page = 0; page * RK_PAGE < tokens; ++page) {
      // While a block is worked on, the next one comes into the cache: the processor does not foresee a jump between pages.
      const size_t number = start / RK_PAGE + page, later = number + BLOCK_PAGES;
      const uint8_t *here = page_in_cache(&cache, sequence, kv_head, number);
      const uint8_t *there = later * RK_PAGE < context ? page_in_cache(&cache, sequence, kv_head, later) : here;
      if (cache.fp8) {
        pages.keys[page] = ahead.keys[page] = at.keys + page * RK_PAGE * dim;
        pages.values[page] = ahead.values[page] = at.values + page * RK_PAGE * padded;
        floats_of_codes(here, there, RK_PAGE * dim, at.keys + page * RK_PAGE * dim);
        floats_of_codes(here + RK_PAGE * dim, there + RK_PAGE * dim, RK_PAGE * padded,
                        at.values + page * RK_PAGE * padded);
      } else {
        pages.keys[page] = (const float *)(const void *)here;
        pages.values[page] = pages.keys[page] + RK_PAGE * dim;
        ahead.keys[page] = (const float *)(const void *)there;
        ahead.values[page] = ahead.keys[page] + RK_PAGE * dim;
      }
    }
    if (last) share->work.bytes += 2 * element * dim * tokens;

    for (size_t i = 0; i < tiles; ++i) {
      const size_t pair = row_tile_start(pairs, tiles, i), count = row_tile_start(pairs, tiles, i + 1) - pair;
      // Tokens of this block that the tile's last row sees; its other rows see no more.
      const size_t limit = sequence->cached + first + (pair + count - 1) / group + 1;
      if (limit <= start) continue;
      const size_t seen = rk_min(tokens, limit - start);
      float *s = at.scores + pair * RK_ATTENTION_BLOCK;
      scores_of_rows(count, (seen + RK_PAGE - 1) / RK_PAGE, dim, at.q + i * RK_TILE_ROWS * dim, &pages,
                     i == 0 ? &ahead : &pages, s);
      float factor[LANES] = {0};
      for (size_t r = 0; r < count; ++r) {
        const size_t row_limit = sequence->cached + first + (pair + r) / group + 1;
        const size_t valid = row_limit <= start ? 0 : rk_min(tokens, row_limit - start);
        softmax_row(s + r * RK_ATTENTION_BLOCK, valid, &at.maxima[pair + r], &factor[r]);
        share->work.flops += 4 * dim * valid;
      }
      STORE(factor, exp_vec(LOAD(factor)));
      for (size_t r = 0; r < count; ++r) {
        const float *p = s + r * RK_ATTENTION_BLOCK;
        float *sum = at.sums + (pair + r) * LANES;
        vec total = {};
        for (int j = 0; j < BLOCK_PAGES; j += 2) total += LOAD(p + j * LANES) + LOAD(p + (j + 1) * LANES);
        STORE(sum, FMA(LOAD(sum), splat(factor[r]), total));
      }
      output_of_rows(count, seen, s, factor, &pages, i == 0 ? &ahead : &pages, at.o + pair * padded, padded);
    }
  }

  for (size_t pair = 0; pair < pairs; ++pair) {
    float *to = g->o + (sequence->first_row + first + pair / group) * g->ldo + (kv_head * group + pair % group) * dim;
    const float factor = cache.v_scale / sum_lanes(LOAD(at.sums + pair * LANES));
    for (size_t i = 0; i < dim; ++i) to[i] = at.o[pair * padded + i] * factor;
    share->work.bytes += 2 * sizeof(float) * dim;  // q and o
  }
}

// Tasks are numbered through the sequences, in each from its last rows (the longest context) to its first; a thread that is
// free takes the next number.
static void attention(rk_share *share, const void *arguments) {
  const rk_attention_args *g = arguments;
  const size_t most = rk_attention_task_rows(g->heads / g->cache.kv_heads);
  size_t task = atomic_fetch_add_explicit(share->next, 1, memory_order_relaxed), before = 0;
  for (size_t i = 0; i < g->count; ++i) {
    const rk_sequence *sequence = &g->sequences[i];
    const size_t tiles = (sequence->rows + most - 1) / most, tasks = tiles * g->cache.kv_heads;
    for (; task < before + tasks; task = atomic_fetch_add_explicit(share->next, 1, memory_order_relaxed)) {
      const size_t number = before + tasks - 1 - task, part = number / g->cache.kv_heads;
      const size_t first = sequence->rows * part / tiles, end = sequence->rows * (part + 1) / tiles;
      attention_task(share, g, sequence, first, end - first, number % g->cache.kv_heads);
    }
    before += tasks;
  }
}
