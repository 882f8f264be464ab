/* Products of int8 in int16, exact: |w| unsigned times x, or ~x where w is negative.
 *
 * |w| is at most 128. Two neighbouring products fit int16 therefore, and so do four where those weights come to 256 at
 * most. (`vpmaddubsw` of w itself and x + 128, as other engines use it, cuts sums off.) As ~x is -x - 1, a column's sum
 * lacks |w| for each negative w, as it does for any x: packing takes it off the bias with the rest.
 *
 * A tile reads 64 bytes for four elements of eight columns: |w|, then where w is negative. Packing sorts those of a run:
 * first pairs that fit, then the others. An order goes with each vector of columns: how many pairs, then the places. */
#define I8_IN_PLACE
#define I8_TILE_SUMS
#define I8_ORDERED
#define I8_STEP 4
#define I8_ROWS 8
enum { I8_BIAS = 0, I8_BLOCK = 32, I8_SPREAD = 2 };
enum { AVX2_FOUR = 64, AVX2_MOST = 256, AVX2_TRIES = 16, AVX2_ROWS = 8 };
typedef int8_t i8_act;
typedef __m256i i8_w, i8_a;
static inline __m256i avx2_load(const int8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline void avx2_store(int8_t *p, __m256i a) { _mm256_storeu_si256((__m256i *)(void *)p, a); }
static inline i8_w i8_load_w(const int8_t *p) { return avx2_load(p); }
static inline i8_a i8_load_a(const i8_act *p) { return avx2_load(p); }
static inline i8_a i8_set_a(const i8_act *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return _mm256_set1_epi32(four);
}
static inline void i8_gather_block(int8_t *to, const int8_t *from) { avx2_store(to, avx2_load(from)); }
EDGE_INLINE void i8_prefetch(uintptr_t at) { _mm_prefetch((const char *)at, _MM_HINT_T1); }

static inline __m256i avx2_negative(__m256i w) { return _mm256_cmpgt_epi8(_mm256_setzero_si256(), w); }
static inline __m256i avx2_products(i8_a x, __m256i size, __m256i negative) { /* of two neighbours, in int16 */
    return _mm256_maddubs_epi16(size, _mm256_xor_si256(x, negative));
}
static inline vi avx2_gain(vi acc, __m256i products) {
    return _mm256_add_epi32(acc, _mm256_madd_epi16(products, _mm256_set1_epi16(1)));
}
static inline vi i8_dot(vi acc, i8_a a, i8_w w) {
    return avx2_gain(acc, avx2_products(a, _mm256_abs_epi8(w), avx2_negative(w)));
}

/* Words of the orders behind the weights of a panel, of `groups` times four elements in all. */
static inline size_t i8_order_words(size_t groups, int vecs) { return (2 * groups + 1) * (size_t)vecs; }
/* From one run's order to the next one's. */
static inline size_t i8_order_step(size_t groups, int vecs) { return (groups + 1) * (size_t)vecs; }

/* Whether no sum of the products of two places can leave int16. */
static inline int avx2_fit(const int8_t *a, const int8_t *b) {
    const __m256i ones = _mm256_set1_epi8(1);
    const __m256i sizes = _mm256_add_epi16(_mm256_maddubs_epi16(avx2_load(a), ones), _mm256_maddubs_epi16(avx2_load(b), ones));
    const __m256i over = _mm256_cmpgt_epi16(sizes, _mm256_set1_epi16(AVX2_MOST));
    return _mm256_testz_si256(over, over);
}
static inline void avx2_swap(int8_t *w, size_t step, uint32_t *places, size_t a, size_t b) {
    const uint32_t place = places[a];
    int8_t *p = w + a * step, *q = w + b * step;
    const __m256i size = avx2_load(p), negative = avx2_load(p + 32);
    avx2_store(p, avx2_load(q)), avx2_store(p + 32, avx2_load(q + 32));
    avx2_store(q, size), avx2_store(q + 32, negative);
    places[a] = places[b], places[b] = place;
}
/* Sorts one vector of columns of a run: each place gets the first of the next few that fits it, or goes to the end. */
static inline void avx2_sort(size_t groups, int8_t *w, size_t step, uint32_t *order) {
    uint32_t *places = order + 1;
    size_t pairs = 0;
    for (size_t g = 0; g < groups; g++) places[g] = (uint32_t)(4 * g);
    for (size_t end = groups; 2 * pairs + 1 < end;) {
        const size_t at = 2 * pairs, last = end - at - 1 < AVX2_TRIES ? end : at + 1 + AVX2_TRIES;
        size_t other = at + 1;
        while (other < last && !avx2_fit(w + at * step, w + other * step)) other++;
        if (other == last) avx2_swap(w, step, places, at, --end);
        else avx2_swap(w, step, places, at + 1, other), pairs++;
    }
    *order = (uint32_t)pairs;
}
/* Turns weights as they are placed, `groups` of I8_GROUP elements in runs of `run`, into what tiles take. */
static inline void i8_arrange(size_t groups, size_t run, int vecs, int8_t *w, uint32_t *order) {
    const size_t step = (size_t)vecs * AVX2_FOUR;
    for (size_t i = groups * (size_t)vecs; i--;) { /* from behind: they take twice the room */
        const __m256i four = avx2_load(w + i * 32);
        avx2_store(w + i * AVX2_FOUR, _mm256_abs_epi8(four));
        avx2_store(w + i * AVX2_FOUR + 32, avx2_negative(four));
    }
    for (size_t g = 0; g < groups; g += run, w += run * step)
        for (int j = 0; j < vecs; j++, order += run + 1) avx2_sort(run, w + j * AVX2_FOUR, step, order);
}

/* One vector of columns times a few rows. */
EDGE_INLINE void avx2_column(const int rows, const int vecs, vi (*acc)[TILE_VECS], const int j, const i8_act *const *row,
                             const int8_t *w, const uint32_t *order, size_t groups, uintptr_t ahead) {
    const size_t step = (size_t)vecs * AVX2_FOUR, pairs = *order++;
    vi sum[AVX2_ROWS];
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) sum[i] = acc[i][j];
    for (size_t n = pairs; n; n--, w += 2 * step, order += 2, ahead += 64) {
        i8_prefetch(ahead);
        const __m256i size = avx2_load(w), negative = avx2_load(w + 32);
        const __m256i size2 = avx2_load(w + step), negative2 = avx2_load(w + step + 32);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) {
            const __m256i products = avx2_products(i8_set_a(row[i] + order[0]), size, negative);
            const __m256i more = avx2_products(i8_set_a(row[i] + order[1]), size2, negative2);
            sum[i] = avx2_gain(sum[i], _mm256_add_epi16(products, more));
        }
    }
    for (size_t n = groups - 2 * pairs; n; n--, w += step, order++) {
        const __m256i size = avx2_load(w), negative = avx2_load(w + 32);
        EDGE_UNROLL
        for (int i = 0; i < rows; i++) sum[i] = avx2_gain(sum[i], avx2_products(i8_set_a(row[i] + *order), size, negative));
    }
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) acc[i][j] = sum[i];
}
EDGE_INLINE void i8_tile_sums(const int rows, const int vecs, vi (*acc)[TILE_VECS], const i8_act *const *a, size_t first,
                              const int8_t *w, const uint32_t *order, size_t K, const int room, uintptr_t ahead) {
    const int part = rows > AVX2_ROWS ? (rows + 1) / 2 : rows;
    const size_t groups = (K + 3) / 4;
    const i8_act *row[2 * AVX2_ROWS];
    (void)room;
    EDGE_UNROLL
    for (int i = 0; i < rows; i++) row[i] = a[i] + first;
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) {
        EDGE_UNROLL
        for (int i = 0; i < rows; i += part)
            avx2_column(rows - i < part ? rows - i : part, vecs, acc + i, j, row + i, w + j * AVX2_FOUR,
                        order + (size_t)j * (groups + 1), groups, ahead + (size_t)j * groups / 2 * 64);
    }
}
static inline void i8_tile_turn(int back, int rows, int vecs, vi (*acc)[TILE_VECS]) {
    (void)back, (void)rows, (void)vecs, (void)acc;
}
