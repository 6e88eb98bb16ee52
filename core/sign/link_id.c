#include "core/sign/token.h"

#include "core/base/buffer.h"
#include "core/sign/digest.h"

/* The longest: "portable" and its four parts, parted by NULs. */
#define MESSAGE_MAX (8 + 4 + 3 * JALON_SLUG_SIZE_MAX + JALON_TARGET_SIZE_MAX)

static int link_id_of(uint64_t *ret_link_id, const char *kind, const struct slice *parts,
                      size_t count)
{
    char text[MESSAGE_MAX];
    struct buffer message;
    buffer_over(&message, text, sizeof text);
    buffer_append_string(&message, kind);
    for (size_t i = 0; i < count; i++) {
        buffer_append_byte(&message, '\0');
        buffer_append(&message, parts[i]);
    }
    if (buffer_error(&message))
        return JALON_BAD_ARGUMENT;
    uint8_t digest[SHA256_BYTES];
    int err = sha256(digest, buffer_slice(&message));
    if (err)
        return err;
    uint64_t link_id = 0;
    for (size_t i = 0; i < sizeof link_id; i++)
        link_id = link_id << 8 | digest[i];
    *ret_link_id = link_id;
    return JALON_OK;
}

int link_id_of_code(uint64_t *ret_link_id, struct slice code)
{
    return link_id_of(ret_link_id, "code", &code, 1);
}

int link_id_of_portable(uint64_t *ret_link_id, struct slice campaign, struct slice creator,
                        struct slice channel, struct slice target)
{
    const struct slice parts[] = {campaign, creator, channel, target};
    return link_id_of(ret_link_id, "portable", parts, 4);
}

int token_link_id(uint64_t *ret_link_id, const struct token *token)
{
    return link_id_of_portable(ret_link_id, token->campaign, token->creator, token->channel,
                               token->target);
}

int jalon_link_id(const char *code, size_t size, uint64_t *ret_link_id)
{
    if (!code || size == 0 || !ret_link_id)
        return JALON_BAD_ARGUMENT;
    return link_id_of_code(ret_link_id, slice_of(code, size));
}
