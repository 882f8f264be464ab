/* y[b,M,N] = a[b,M,K] b[b,K,N] in types without vector words; integers wrap. Operands by element strides, y dense. */
#define MATMUL_PLAIN(name, type, sum_type)                                                                             \
    EDGE_KERNEL(name) {                                                                                                \
        size_t row, end; /* of all batches */                                                                          \
        edge_share(t, (size_t)a->batch * (size_t)a->M, &row, &end);                                                    \
        for (; row < end; row++) {                                                                                     \
            const size_t batch = row / (size_t)a->M, m = row % (size_t)a->M;                                           \
            const type *left = a->a + batch * (size_t)a->a_batch + m * (size_t)a->a_row;                               \
            for (size_t n = 0; n < (size_t)a->N; n++) {                                                                \
                const type *right = a->b + batch * (size_t)a->b_batch + n * (size_t)a->b_col;                          \
                sum_type sum = 0;                                                                                      \
                for (size_t k = 0; k < (size_t)a->K; k++)                                                              \
                    sum += (sum_type)left[k * (size_t)a->a_col] * (sum_type)right[k * (size_t)a->b_row];               \
                a->y[row * (size_t)a->N + n] = (type)sum;                                                              \
            }                                                                                                          \
        }                                                                                                              \
        return EDGE_OK;                                                                                                \
    }

MATMUL_PLAIN(matmul_f64, double, double)
MATMUL_PLAIN(matmul_i32, int32_t, uint32_t)
MATMUL_PLAIN(matmul_i64, int64_t, uint64_t)
MATMUL_PLAIN(matmul_u64, uint64_t, uint64_t)
