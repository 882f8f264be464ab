/* Constants of half floats that lie in four bits in the file: see docs/reference/format.md. */
#if defined(__linux__)
#define _DEFAULT_SOURCE /* madvise */
#include <sys/mman.h>
#endif
#include <string.h>

#include "runtime.h"

enum { HEAD = 16, RECORD = 16, GROUP = 32 };

/* One constant: where it goes, and its shape. */
struct record {
    uint64_t offset, rows, columns, row_bytes;
};

static uint64_t word(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static struct record record_at(const uint8_t *section, uint64_t i) {
    const uint8_t *p = section + HEAD + RECORD * (size_t)i;
    const uint64_t shape = word(p + 8), columns = shape >> 32, rest = columns % GROUP;
    const uint64_t row = columns / GROUP * (2 + GROUP / 2) + (rest ? 2 + (rest + 1) / 2 : 0);
    return (struct record){word(p), shape & 0xffffffffu, columns, row};
}

int edge_four_bits_check(const uint8_t *section, size_t bytes, uint64_t *length) {
    if (bytes < HEAD || word(section + 8) > (bytes - HEAD) / RECORD) return 0;
    const uint64_t count = word(section + 8);
    uint64_t at = 0, left = bytes - HEAD - RECORD * count;
    *length = word(section);
    for (uint64_t i = 0; i < count; i++) {
        const struct record r = record_at(section, i);
        if (r.offset < at || r.offset - at > left || r.offset % EDGE_ALIGN || !r.columns) return 0;
        left -= r.offset - at;
        if (r.rows > left / r.row_bytes) return 0; /* what is left bounds the product below: two numbers a byte */
        left -= r.rows * r.row_bytes;
        at = r.offset + r.rows * r.columns * 2;
        if (at < r.offset || at > *length) return 0;
    }
    return *length - at == left;
}

/* The half float that is `number` times the half float `step`: of at most 11 significant bits where the file was written
 * by a compiler, else cut off; infinite where it is too large. */
static uint16_t product(uint16_t step, int number) {
    uint32_t shift = step >> 10 & 31, digits = step & 1023;
    if (shift) digits += 1024, shift--;
    const uint32_t sign = (uint32_t)(step >> 15 ^ (number < 0)) << 15;
    for (digits *= (uint32_t)(number < 0 ? -number : number); digits > 2047; digits >>= 1) shift++;
    const uint32_t whole = (shift << 10) + digits;
    if (!digits) return 0;
    return (uint16_t)(sign | (whole < 0x7c00 ? whole : 0x7c00));
}

/* `count` numbers of one group. */
static const uint8_t *widen(const uint8_t *from, size_t count, uint8_t *out) {
    uint16_t step, table[16];
    memcpy(&step, from, sizeof step);
    for (int i = 0; i < 16; i++) table[i] = product(step, i - 8);
    from += sizeof step;
    for (size_t i = 0; i < count / 2; i++) {
        const uint16_t two[2] = {table[from[i] & 15], table[from[i] >> 4]};
        memcpy(out + 4 * i, two, sizeof two);
    }
    if (count % 2) memcpy(out + 2 * (count - 1), &table[from[count / 2] & 15], 2);
    return from + (count + 1) / 2;
}

void edge_four_bits_expand(const uint8_t *section, size_t bytes, uint8_t *out) {
    const uint64_t count = word(section + 8);
    const uint8_t *from = section + HEAD + RECORD * (size_t)count, *const end = section + bytes;
    size_t at = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct record r = record_at(section, i);
        const size_t gap = (size_t)r.offset - at, columns = (size_t)r.columns;
        memcpy(out + at, from, gap);
        from += gap, at += gap;
        for (uint64_t row = 0; row < r.rows; row++)
            for (size_t n = 0, some; n < columns; n += some, at += 2 * some)
                some = columns - n < GROUP ? columns - n : GROUP, from = widen(from, some, out + at);
    }
    memcpy(out + at, from, (size_t)(end - from));
}

/* Notes that the constant around this place, if there is one, is read in runs. */
static void keep(const uint8_t *section, uint64_t offset, uint8_t *kept) {
    uint64_t low = 0, high = word(section + 8); /* the number of records that start at or before it lies between */
    while (low < high) {
        const uint64_t mid = (low + high) / 2;
        if (record_at(section, mid).offset <= offset) low = mid + 1;
        else high = mid;
    }
    if (!low) return;
    const struct record r = record_at(section, low - 1);
    if (offset - r.offset < r.rows * r.columns * 2) kept[low - 1] = 1;
}

void edge_four_bits_leave(const struct edge_model *m, const uint8_t *section, uint8_t *weights, size_t bytes, uint8_t *kept) {
    enum { PAGE = 4096 };
    for (int32_t i = 0; i < m->step_count; i++) {
        const struct edge_kernel *k = &edge_kernels[m->steps[i].kernel];
        const uint8_t *args = m->steps[i].args;
        const int packed = k->flags & EDGE_PACKED && edge_isa_pack(m->isa, m->steps[i].kernel)(args, NULL) > 0;
        for (int32_t n = 0; n < k->field_count; n++) {
            const struct edge_field *f = &k->fields[n];
            const int kind = f->kind & EDGE_KIND;
            uintptr_t at;
            if ((kind != EDGE_CONST || (packed && f->bytes == 2)) && kind != EDGE_IN) continue;
            memcpy(&at, args + f->offset, sizeof at);
            if (at - (uintptr_t)weights < bytes) keep(section, at - (uintptr_t)weights, kept);
        }
    }
#if defined(MADV_DONTNEED)
    for (uint64_t i = 0; i < word(section + 8); i++) {
        const struct record r = record_at(section, i);
        const uintptr_t start = (uintptr_t)weights + (uintptr_t)r.offset, end = start + (uintptr_t)(r.rows * r.columns * 2);
        const uintptr_t first = (start + PAGE - 1) / PAGE * PAGE, last = end / PAGE * PAGE;
        if (!kept[i] && first < last) (void)madvise((void *)first, last - first, MADV_DONTNEED);
    }
#endif
}
