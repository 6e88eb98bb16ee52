/* order_map_value.h - values as a shop's export writes them, in our spelling. Each is NULL when it could be read, else
 * why not, in words that say what to do; then nothing was written. */
#ifndef ADMIN_ORDER_MAP_VALUE_H
#define ADMIN_ORDER_MAP_VALUE_H
#include "admin/order_map.h"

/* "1.234,56" as "1234.56". `decimal` is '.', ',' or 0: not known, and then what could be read in two ways ("1.234") is
 * refused. Between groups of three: the other of the two, spaces, apostrophes. */
const char *map_amount_write(struct buffer *out, struct slice text, char decimal);

/* By the map's pattern, as RFC 3339. */
const char *map_moment_write(struct buffer *out, struct slice text, const struct order_map *map);

/* What follows map_rule.after in the cell, each time that it is there, joined by ", "; the cell itself where the rule has
 * none. */
void map_cell_write(struct buffer *out, struct slice cell, const struct map_rule *rule);

/* The click ids of a cell, with spaces between. Whoever buys can write there, so what can be none of ours is left out, and
 * of more than an order may have the last are kept: no order is refused for it. */
void map_clicks_write(struct buffer *out, struct slice cell);
#endif
