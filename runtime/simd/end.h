/* End of what target.h began. */
#if defined(EDGE_TARGET) && defined(__clang__)
#pragma clang attribute pop
#elif defined(EDGE_TARGET) && defined(__GNUC__)
#pragma GCC pop_options
#endif
