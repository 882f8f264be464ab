/* What the tiles of all cores are told. */
#ifndef EDGE_CHIP_TILE_H
#define EDGE_CHIP_TILE_H

/* Some blocks of columns: x to x_end are the activations, w to w_end what is packed, y0 and y1 where the outputs of pixels
 * 0 and 1 go. Pixel 1 is stored first. */
struct chip_tile {
    const chip_act *x, *x_end;
    const uint32_t *w, *w_end;
    int8_t *y0, *y1;
    int32_t zero;
};
/* The same for one row of activations as they lie in memory, of which up to CHIP_STEP - 1 bytes beyond the last are read. */
struct chip_line {
    const int8_t *x, *x_end;
    const uint32_t *w, *w_end;
    int8_t *y;
    int32_t zero;
};
#endif
