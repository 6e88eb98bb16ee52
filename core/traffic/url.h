/* url.h - absolute http(s) URLs (RFC 3986), the hosts a campaign allows, and a target's query merged
 * with UTM parameters, the visitor's query and the click id. */
#ifndef TRAFFIC_URL_H
#define TRAFFIC_URL_H
#include "core/base/buffer.h"

#define URL_SIZE_MAX 2048
#define UTM_MAX 3

struct url {                                                /* slices of the text parsed */
    struct slice scheme, host, port, path, query, fragment; /* without their delimiters */
    bool has_query, has_fragment;
};

struct query_pair { /* one name=value, both percent-encoded already */
    struct slice name, value;
};

/* Parses an absolute http or https URL of at most URL_SIZE_MAX bytes, as a redirect target: no
 * user info, no control or space or non-ASCII byte, none of "<>\, no broken percent escape, a valid host (DNS name, IPv4 or
 * [IPv6]) and port. On failure *ret_why, when not NULL, is a static sentence for the sender.
 * JALON_MALFORMED, JALON_TOO_LONG. */
CHECKED int url_parse(struct url *ret_url, struct slice text, const char **ret_why);

/* A DNS name (underscores allowed, a trailing dot too) that no browser would read as an IPv4 address. */
bool url_host_is_name(struct slice host);

/* Is `host` `allowed`, or, when `allowed` starts with "*.", below it (not itself)? ASCII
 * case-insensitive; a trailing dot makes no difference. */
bool url_host_matches(struct slice host, struct slice allowed);

/* Has `target` a pair of that name in its query, as url_merge() compares names? */
bool url_has_name(struct slice target, struct slice name);

/* Appends the target, one that url_parse() took, with its query merged, all before the fragment: the target's own query stays byte
 * for byte; then those `utm` pairs whose name it lacks; then the visitor's pairs whose names are not
 * yet there and are not `click_name`; then click_name=click_id, unless click_id is empty. A visitor's
 * pair is taken byte for byte when it holds only characters allowed in a query (others are
 * percent-encoded), names compared after percent-decoding ('+' as space); a repeated name of the
 * visitor's own keeps all its occurrences. The click_name of the target's own query, if any, is left
 * out; of the visitor's, so is all that some shop's query parser would take for it ("JCLID",
 * "jclid[]"). Overflow: see buffer_error(). No allocation of its own. */
void url_merge(struct buffer *out, struct slice target, const struct query_pair *utm,
               size_t utm_count, struct slice visitor_query, struct slice click_name,
               struct slice click_id);
#endif
