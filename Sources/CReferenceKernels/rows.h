// Kernels whose rows have nothing to do with each other: each thread has an even share of them, and each row counts its work.
// Loops run over 16 lanes and a rest; nothing in a row's arithmetic depends on other rows.

#define FOR_MY_ROWS(row, count)                                                                   \
  for (size_t row = rk_part_start(count, share->part, share->parts),                              \
              row##_end = rk_part_start(count, share->part + 1, share->parts);                    \
       row < row##_end; ++row)

static void rms_norm(rk_share *share, const void *arguments) {
  const rk_rms_norm_args *g = arguments;
  const size_t h = g->h, whole = h / LANES * LANES, rest = h - whole;
  FOR_MY_ROWS(row, g->m) {
    float *r = g->r + row * g->ldr, *y = g->y + row * g->ldy;
    const float *x = g->x ? g->x + row * g->ldx : NULL;
    vec squares = {};
    for (size_t i = 0; i < whole; i += LANES) {
      vec value = LOAD(r + i);
      if (x) {
        value += LOAD(x + i);
        STORE(r + i, value);
      }
      squares = FMA(value, value, squares);
    }
    if (rest) {
      vec value = load_part(r + whole, rest);
      if (x) {
        value += load_part(x + whole, rest);
        store_part(r + whole, value, rest);
      }
      squares = FMA(value, value, squares);
    }
    const float factor = 1 / sqrtf(sum_lanes(squares) / (float)h + g->epsilon);
    for (size_t i = 0; i < whole; i += LANES) STORE(y + i, LOAD(r + i) * factor * LOAD(g->w + i));
    for (size_t i = whole; i < h; ++i) y[i] = r[i] * factor * g->w[i];
    share->work.flops += (x ? 5 : 4) * h;
    share->work.bytes += sizeof(float) * (x ? 4 : 2) * h;
  }
}

// One head: first half · cos - second half · sin, second half · cos + first half · sin.
INLINE void rotate_head(const float *x, float *y, size_t half, const float *cosine, const float *sine) {
  size_t i = 0;
  for (; i + LANES <= half; i += LANES) {
    const vec a = LOAD(x + i), b = LOAD(x + half + i), c = LOAD(cosine + i), s = LOAD(sine + i);
    STORE(y + i, a * c - b * s);
    STORE(y + half + i, b * c + a * s);
  }
  if (i < half) {  // the same vector arithmetic, so that every head dimension rounds alike
    const size_t rest = half - i;
    const vec a = load_part(x + i, rest), b = load_part(x + half + i, rest);
    const vec c = load_part(cosine + i, rest), s = load_part(sine + i, rest);
    store_part(y + i, a * c - b * s, rest);
    store_part(y + half + i, b * c + a * s, rest);
  }
}

static void rotary(rk_share *share, const void *arguments) {
  const rk_rotary_args *g = arguments;
  const size_t dim = g->dim, half = dim / 2;
  FOR_MY_ROWS(row, g->m) {
    const float *from = g->qkv + row * g->ld_qkv;
    const float *cosine = g->cosine + (size_t)g->positions[row] * half;
    const float *sine = g->sine + (size_t)g->positions[row] * half;
    for (size_t head = 0; head < g->heads + g->kv_heads; ++head, from += dim) {
      float *to = head < g->heads ? g->q + row * g->ldq + head * dim : g->k + row * g->ldk + (head - g->heads) * dim;
      rotate_head(from, to, half, cosine, sine);
      share->work.flops += 6 * half;
      share->work.bytes += 2 * sizeof(float) * dim;
    }
    if (g->kv_heads) {
      memcpy(g->v + row * g->ldv, from, sizeof(float) * g->kv_heads * dim);
      share->work.bytes += 2 * sizeof(float) * g->kv_heads * dim;
    }
  }
}

static void silu_mul(rk_share *share, const void *arguments) {
  const rk_silu_mul_args *g = arguments;
  const size_t f = g->f;
  FOR_MY_ROWS(row, g->m) {
    const float *gate = g->gate_up + row * g->ld_gate_up, *up = gate + f;
    float *y = g->y + row * g->ldy;
    size_t i = 0;
    for (; i + LANES <= f; i += LANES) {
      const vec x = LOAD(gate + i);
      STORE(y + i, x / (exp_vec(-x) + 1.0f) * LOAD(up + i));
    }
    if (i < f) {
      const vec x = load_part(gate + i, f - i);
      store_part(y + i, x / (exp_vec(-x) + 1.0f) * load_part(up + i, f - i), f - i);
    }
    share->work.flops += 5 * f;  // negate, exp, add, divide, times up
    share->work.bytes += 3 * sizeof(float) * f;
  }
}

static void copy_rows(rk_share *share, const void *arguments) {
  const rk_copy_rows_args *g = arguments;
  FOR_MY_ROWS(row, g->rows) {
    const size_t from = g->from_index ? (size_t)g->from_index[row] : row;
    const size_t to = g->to_index ? (size_t)g->to_index[row] : row;
    memcpy(g->to + to * g->ld_to, g->from + from * g->ld_from, sizeof(float) * g->width);
    share->work.bytes += 2 * sizeof(float) * g->width;
  }
}

static void concatenate(rk_share *share, const void *arguments) {
  const rk_concatenate_args *g = arguments;
  FOR_MY_ROWS(row, g->rows) {
    for (size_t i = 0; i < g->count; ++i) {
      memcpy(g->to + row * g->ld_to + i * g->width, g->from[i] + row * g->ld_from[i], sizeof(float) * g->width);
      share->work.bytes += 2 * sizeof(float) * g->width;
    }
  }
}

// E4M3 codes of n elements of x times a factor.
INLINE void e4m3_row(const float *x, size_t n, float factor, uint8_t *y) {
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    *(bvec_at *)(y + i) = __builtin_convertvector(e4m3_of_vec(LOAD(x + i) * factor), bvec);
  }
  if (i < n) {
    const bvec codes = __builtin_convertvector(e4m3_of_vec(load_part(x + i, n - i) * factor), bvec);
    for (size_t j = 0; j < n - i; ++j) y[i + j] = codes[j];
  }
}

static void quantize(rk_share *share, const void *arguments) {
  const rk_quantize_args *g = arguments;
  const float factor = 1 / g->scale;
  FOR_MY_ROWS(row, g->rows) {
    e4m3_row((const float *)g->x + row * g->ldx, g->width, factor, (uint8_t *)g->y + row * g->ldy);
    share->work.flops += g->width;
    share->work.bytes += (sizeof(float) + 1) * g->width;
  }
}

static void dequantize(rk_share *share, const void *arguments) {
  const rk_quantize_args *g = arguments;
  FOR_MY_ROWS(row, g->rows) {
    const uint8_t *x = (const uint8_t *)g->x + row * g->ldx;
    float *y = (float *)g->y + row * g->ldy;
    size_t i = 0;
    for (; i + LANES <= g->width; i += LANES) STORE(y + i, vec_of_e4m3(x + i) * g->scale);
    if (i < g->width) {
      uint8_t codes[LANES] = {0};
      memcpy(codes, x + i, g->width - i);
      store_part(y + i, vec_of_e4m3(codes) * g->scale, g->width - i);
    }
    share->work.flops += g->width;
    share->work.bytes += (sizeof(float) + 1) * g->width;
  }
}

// One token's K and V of one head into its page.
INLINE void write_token(const float *k, const float *v, size_t dim, float *page, size_t offset) {
  for (size_t i = 0; i < dim; ++i) page[i * RK_PAGE + offset] = k[i];
  memcpy(page + RK_PAGE * dim + offset * rk_round_up(dim, LANES), v, sizeof(float) * dim);
}

INLINE void write_token_e4m3(const float *k, const float *v, size_t dim, float k_factor, float v_factor, uint8_t *page,
                             size_t offset) {
  uint8_t codes[LANES];
  for (size_t i = 0; i < dim; i += LANES) {
    const size_t n = rk_min(LANES, dim - i);
    e4m3_row(k + i, n, k_factor, codes);
    for (size_t j = 0; j < n; ++j) page[(i + j) * RK_PAGE + offset] = codes[j];
  }
  e4m3_row(v, dim, v_factor, page + RK_PAGE * dim + offset * rk_round_up(dim, LANES));
}

static void kv_cache_write(rk_share *share, const void *arguments) {
  const rk_kv_cache_write_args *g = arguments;
  FOR_MY_ROWS(row, g->t) {
    if (g->slot[row] < 0) continue;
    const size_t block = (size_t)g->slot[row] / RK_PAGE, offset = (size_t)g->slot[row] % RK_PAGE;
    const float *k = g->k + row * g->ldk, *v = g->v + row * g->ldv;
    for (size_t layer = 0; layer < g->layers; ++layer) {
      const rk_kv_cache cache = g->caches[layer];
      const size_t page = rk_kv_page_elements(cache.dim);
      for (size_t head = 0; head < cache.kv_heads; ++head, k += cache.dim, v += cache.dim) {
        const size_t start = (block * cache.kv_heads + head) * page;
        if (cache.fp8) {
          write_token_e4m3(k, v, cache.dim, 1 / cache.k_scale, 1 / cache.v_scale, (uint8_t *)cache.data + start, offset);
        } else {
          write_token(k, v, cache.dim, (float *)cache.data + start, offset);
        }
        share->work.bytes += 2 * cache.dim * (sizeof(float) + (cache.fp8 ? 1 : sizeof(float)));
      }
    }
  }
}
