/* Detections: boxes that overlap a better one are dropped. Orders are total (score, then place), so that every machine
 * drops the same boxes. */
#include "math.h"

struct box {
    float ymin, xmin, ymax, xmax;
};

/* Scores of boxes or classes, `step` elements apart. */
struct ranking {
    const float *score;
    size_t step;
};

static inline int ranks_before(struct ranking r, int32_t i, int32_t j) {
    float a = r.score[(size_t)i * r.step], b = r.score[(size_t)j * r.step];
    return a > b || (a == b && i < j);
}

/* The heap holds indices, the first in rank on top. */
static void heap_sink(int32_t *heap, size_t n, size_t at, struct ranking r) {
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && ranks_before(r, heap[child + 1], heap[child])) child++;
        if (!ranks_before(r, heap[child], heap[at])) return;
        int32_t down = heap[at];
        heap[at] = heap[child], heap[child] = down;
    }
}

static float overlap_of(const struct box *a, const struct box *b) {
    float area_a = (a->ymax - a->ymin) * (a->xmax - a->xmin), area_b = (b->ymax - b->ymin) * (b->xmax - b->xmin);
    if (!(area_a > 0.0f && area_b > 0.0f)) return 0.0f;
    float h = (a->ymax < b->ymax ? a->ymax : b->ymax) - (a->ymin > b->ymin ? a->ymin : b->ymin);
    float w = (a->xmax < b->xmax ? a->xmax : b->xmax) - (a->xmin > b->xmin ? a->xmin : b->xmin);
    float shared = (h > 0.0f ? h : 0.0f) * (w > 0.0f ? w : 0.0f);
    return shared / (area_a + area_b - shared);
}

/* The boxes of the heap that overlap no better one that stays by more than `most`, `keep` at most, best first. */
static size_t suppress(const struct box *boxes, struct ranking r, int32_t *heap, size_t n, size_t keep, float most,
                       int32_t *kept) {
    size_t count = 0;
    for (size_t i = n / 2; i-- > 0;) heap_sink(heap, n, i, r);
    while (n && count < keep) {
        int32_t best = heap[0];
        heap[0] = heap[--n];
        heap_sink(heap, n, 0, r);
        size_t i = 0;
        while (i < count && !(overlap_of(&boxes[best], &boxes[kept[i]]) > most)) i++;
        if (i == count) kept[count++] = best;
    }
    return count;
}

EDGE_KERNEL(non_max_suppression) {
    const size_t B = (size_t)a->B, C = (size_t)a->C, keep = (size_t)a->keep;
    struct box *boxes = t->scratch;
    int32_t *heap = (int32_t *)(void *)(boxes + B), *kept = heap + B;
    int64_t *row = a->indices;
    memset(a->indices, 0, (size_t)a->N * C * keep * 3 * sizeof *row);
    for (size_t n = 0; n < (size_t)a->N && keep; n++) {
        for (size_t i = 0; i < B; i++) {
            const float *p = a->boxes + (n * B + i) * 4;
            if (a->centred) {
                boxes[i] = (struct box){p[1] - p[3] / 2.0f, p[0] - p[2] / 2.0f, p[1] + p[3] / 2.0f, p[0] + p[2] / 2.0f};
            } else {
                boxes[i] = (struct box){p[0] < p[2] ? p[0] : p[2], p[1] < p[3] ? p[1] : p[3], p[0] > p[2] ? p[0] : p[2],
                                        p[1] > p[3] ? p[1] : p[3]};
            }
        }
        for (size_t c = 0; c < C; c++) {
            struct ranking r = {a->scores + (n * C + c) * B, 1};
            size_t good = 0;
            for (size_t i = 0; i < B; i++)
                if (r.score[i] > a->score_threshold) heap[good++] = (int32_t)i;
            size_t count = suppress(boxes, r, heap, good, keep, a->iou_threshold, kept);
            for (size_t i = 0; i < count; i++, row += 3) row[0] = (int64_t)n, row[1] = (int64_t)c, row[2] = kept[i];
        }
    }
    *a->count = (row - a->indices) / 3;
    return EDGE_OK;
}

static void decode_boxes(const struct edge_detection_postprocess *a, struct box *boxes) {
    for (size_t i = 0; i < (size_t)a->B; i++) {
        const float *e = a->encodings + i * (size_t)a->coordinates, *anchor = a->anchors + i * 4;
        float y = e[0] / a->scales[0] * anchor[2] + anchor[0], x = e[1] / a->scales[1] * anchor[3] + anchor[1];
        float h = 0.5f * vf_exp(e[2] / a->scales[2]) * anchor[2], w = 0.5f * vf_exp(e[3] / a->scales[3]) * anchor[3];
        boxes[i] = (struct box){y - h, x - w, y + h, x + w};
    }
}

static void report(const struct edge_detection_postprocess *a, size_t place, const struct box *box, size_t kind,
                   float score) {
    memcpy(a->boxes + place * 4, box, sizeof *box);
    a->classes[place] = (float)kind;
    a->best[place] = score;
}

/* Boxes compete with their best score; `each` classes of a survivor are reported. */
static size_t detect_fast(const struct edge_detection_postprocess *a, const struct box *boxes, const float *table,
                          int32_t *heap, float *best, int32_t *kept) {
    const size_t columns = (size_t)a->columns, kinds = (size_t)a->num_classes, each = (size_t)a->each;
    size_t good = 0;
    for (size_t i = 0; i < (size_t)a->B; i++) {
        best[i] = -__builtin_inff();
        for (size_t k = 0; k < kinds; k++)
            if (table[i * columns + k] > best[i]) best[i] = table[i * columns + k];
        if (best[i] >= a->score_threshold) heap[good++] = (int32_t)i;
    }
    size_t count = suppress(boxes, (struct ranking){best, 1}, heap, good, (size_t)a->keep, a->iou_threshold, kept);
    for (size_t i = 0; i < count; i++) {
        struct ranking r = {table + (size_t)kept[i] * columns, 1};
        int32_t last = -1;
        for (size_t k = 0; k < each; k++) { /* the best of those that rank behind the last one */
            int32_t next = -1;
            for (int32_t j = 0; j < a->num_classes; j++)
                if ((last < 0 || ranks_before(r, last, j)) && (next < 0 || ranks_before(r, j, next))) next = j;
            if (next < 0) break; /* not a number: ranks nowhere */
            report(a, i * each + k, &boxes[kept[i]], (size_t)next, r.score[next]);
            last = next;
        }
    }
    return count;
}

/* Every class keeps its own; the best of all are reported. Earlier ones stay in front of equal ones. */
static size_t detect_regular(const struct edge_detection_postprocess *a, const struct box *boxes, const float *table,
                             int32_t *heap, int32_t *kept, int32_t *top) {
    const size_t columns = (size_t)a->columns, keep = (size_t)a->keep;
    size_t count = 0;
    float *score = a->best, *kind = a->classes; /* the sorted list lives in the outputs */
    for (int32_t k = 0; k < a->num_classes && keep; k++) {
        struct ranking r = {table + k, columns};
        size_t good = 0;
        for (size_t i = 0; i < (size_t)a->B; i++)
            if (r.score[i * columns] >= a->score_threshold) heap[good++] = (int32_t)i;
        size_t own = suppress(boxes, r, heap, good, (size_t)a->per_class, a->iou_threshold, kept);
        for (size_t i = 0; i < own; i++) {
            const float s = r.score[(size_t)kept[i] * columns];
            if (count == keep && !(s > score[keep - 1])) break;
            size_t at = count < keep ? count++ : keep - 1;
            for (; at > 0 && score[at - 1] < s; at--) score[at] = score[at - 1], kind[at] = kind[at - 1], top[at] = top[at - 1];
            score[at] = s, kind[at] = (float)k, top[at] = kept[i];
        }
    }
    for (size_t i = 0; i < count; i++) memcpy(a->boxes + i * 4, &boxes[top[i]], sizeof *boxes);
    return count;
}

EDGE_KERNEL(detection_postprocess) {
    const size_t B = (size_t)a->B, keep = (size_t)a->keep, places = keep * (size_t)a->each;
    struct box *boxes = t->scratch;
    float *best = (float *)(void *)(boxes + B);
    int32_t *heap = (int32_t *)(void *)(best + B), *kept = heap + B, *top = kept + keep;
    const float *table = a->scores + (a->columns - a->num_classes);
    if (a->regular && a->each != 1) return EDGE_E_ARGS;
    memset(a->boxes, 0, places * 4 * sizeof(float));
    memset(a->classes, 0, places * sizeof(float));
    memset(a->best, 0, places * sizeof(float));
    decode_boxes(a, boxes);
    size_t count = a->regular ? detect_regular(a, boxes, table, heap, kept, top)
                              : detect_fast(a, boxes, table, heap, best, kept);
    *a->count = (float)count;
    return EDGE_OK;
}
