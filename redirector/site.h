/* site.h - what every site on the web is asked for: robots.txt, an icon, a sign of life. */
#ifndef REDIRECTOR_SITE_H
#define REDIRECTOR_SITE_H
#include "redirector/exchange.h"

void site_robots(struct exchange *exchange);
void site_icon(struct exchange *exchange);
void site_health(struct exchange *exchange); /* the process lives and its loop turns */
#endif
