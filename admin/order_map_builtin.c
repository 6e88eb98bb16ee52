#include "admin/order_map.h"

/* The assembler takes the files in as they are; admin/builtin_maps.cmake says where they lie, and rebuilds this file
 * when one changes. */
#define BUILTIN(name)                                                                              \
    __asm__(".pushsection .rodata\n"                                                               \
            "order_map_" #name ":\n"                                                               \
            ".incbin \"" MAPS_FOLDER "/" #name ".map\"\n"                                          \
            "order_map_" #name "_end:\n"                                                           \
            ".byte 0\n"                                                                            \
            ".globl order_map_" #name "\n"                                                         \
            ".hidden order_map_" #name "\n"                                                        \
            ".globl order_map_" #name "_end\n"                                                     \
            ".hidden order_map_" #name "_end\n"                                                    \
            ".popsection\n");                                                                      \
    extern const char order_map_##name[], order_map_##name##_end[];

BUILTIN(shopify)
BUILTIN(woocommerce)

static const struct {
    const char *name, *start, *end;
} maps[] = {
    {"shopify", order_map_shopify, order_map_shopify_end},
    {"woocommerce", order_map_woocommerce, order_map_woocommerce_end},
};

bool order_map_builtin(struct slice name, struct slice *ret_text)
{
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        if (!slice_is(name, maps[i].name))
            continue;
        uintptr_t start = (uintptr_t)maps[i].start;
        *ret_text = slice_of(maps[i].start, (uintptr_t)maps[i].end - start);
        return true;
    }
    return false;
}
