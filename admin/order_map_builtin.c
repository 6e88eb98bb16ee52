#include "admin/order_map.h"
#include "core/base/builtin_file.h"

static BUILTIN_FILE(shopify, "shopify.map");
static BUILTIN_FILE(woocommerce, "woocommerce.map");

static const struct {
    const char *name;
    struct slice (*text)(void);
} maps[] = {
    {"shopify", shopify},
    {"woocommerce", woocommerce},
};

bool order_map_builtin(struct slice name, struct slice *ret_text)
{
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        if (!slice_is(name, maps[i].name))
            continue;
        *ret_text = maps[i].text();
        return true;
    }
    return false;
}
