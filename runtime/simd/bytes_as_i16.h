/* Integer tiles on int8 for instruction sets without a byte dot product: activations gathered as int16, exact. */
#define I8_STEP I16_STEP
enum { I8_BIAS = 0 };
typedef int16_t i8_act;
typedef i16_w i8_w;
typedef i16_a i8_a;
static inline i8_w i8_load_w(const int8_t *p) { return i16_load_w(p); }
static inline i8_a i8_set_a(const i8_act *p) { return i16_set_a(p); }
static inline i8_a i8_load_a(const i8_act *p) { return i16_load_a(p); }
static inline vi i8_dot(vi acc, i8_a a, i8_w w) { return i16_dot(acc, a, w); }
