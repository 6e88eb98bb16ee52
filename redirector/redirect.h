/* redirect.h - the handlers of a click: from a code or a token to the 302.
 *
 * exchange->argument is raw, not decoded: the path without its leading '/' (redirect_code), or what follows "/o/"
 * (redirect_token). Both take GET and HEAD. */
#ifndef REDIRECTOR_REDIRECT_H
#define REDIRECTOR_REDIRECT_H

struct exchange;

void redirect_code(
    struct exchange *exchange); /* short and vanity links: the public table's last row */
void redirect_token(struct exchange *exchange); /* portable links */
#endif
