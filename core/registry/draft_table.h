/* draft_table.h - a draft from the inside: its keys, by number, and its records, by key and field. Only draft*.c
 * look at it. */
#ifndef REGISTRY_DRAFT_TABLE_H
#define REGISTRY_DRAFT_TABLE_H
#include "core/registry/arena.h"
#include "core/registry/draft.h"

struct draft_key {
    struct key key;
    bool is_counted;
    uint64_t count; /* members that count: those stored, once is_counted, and those to be added */
};

struct draft_index {
    uint32_t key;
    bool is_sorted, is_counted, is_freed, is_over; /* as in struct index_entry */
    struct slice member;
    int64_t score;
    uint64_t limit;
};

struct draft_entry {
    uint32_t key;
    bool is_changed; /* or known, and to be made durable */
    bool is_known;
    uint8_t index_count, index_room;
    struct slice field, json, change;
    uint64_t version; /* as stored; 0: absent */
    struct draft_index *indexes;
};

struct draft_campaign {
    struct draft_campaign *next;
    struct campaign_view view;
};

struct draft {
    struct store *store;
    struct arena arena;
    struct draft_key *keys;
    size_t key_count, key_capacity;
    uint32_t *key_slots; /* number + 1, 0: free */
    size_t key_slot_count;
    struct draft_entry **slots; /* NULL: free */
    size_t slot_count, entry_count;
    struct draft_entry **changed; /* in the order they were put */
    size_t changed_count, changed_capacity;
    struct draft_campaign *campaigns;
};

CHECKED int draft_table_init(struct draft *draft);
void draft_table_done(struct draft *draft);
CHECKED int draft_key_number(struct draft *draft, const struct key *key, uint32_t *ret_number);
struct draft_entry *draft_table_find(struct draft *draft, uint32_t key, struct slice field);
CHECKED int draft_table_add(struct draft *draft, uint32_t key, struct slice field, uint64_t version,
                            struct slice json);
CHECKED int draft_table_mark(struct draft *draft, struct draft_entry *entry); /* as changed */
#endif
