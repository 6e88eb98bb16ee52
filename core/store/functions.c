/* The library "jalon". All keys of one call share a slot. A stored record is `VERSION SPACE JSON`.
 *
 * jalon_version                                                      -> bulk, FUNCTIONS_VERSION
 *
 * jalon_put      KEYS record's hash, index keys ...
 *                ARGV field, json, version, change, then for each index key: "s" member | "z" member score |
 *                     "c" member freed limit over | "b" field version
 *     Sets version + 1 if `version` is the stored one (0: absent), with the indexes and the message. A "c" is
 *     a zset of what counts towards a limit (0: none): score 0, or 1 for ever once it was freed; all is refused
 *     when the limit is reached by now and `over` is "0", or not reached and `over` is "1". A "b" is no index, but a hash
 *     whose record `field` must have that version (0: absent).
 *     -> [1, version + 1] | [0, stored version]
 *
 * jalon_put_all  KEYS records' hash, index keys ...
 *                ARGV n, then n fields, n versions, n times what is to be stored (version + 1, SPACE, JSON), then for each
 *                     index key: SADD | ZADD, how many arguments it takes behind the key, and those; or first, as "b" above,
 *                     BASIS, 2, field, version; then messages ...
 *     Many puts into one hash, of different fields and without limits, or none of them: when each version is the stored one
 *     (0: absent), that of the basis too, with the indexes and the messages. Indexes that come before one of a wrong type are added to all the same;
 *     a member without a record is passed over.
 *     -> 1 set | 0 nothing is
 *
 * jalon_restore  as jalon_put, but `version` is the one to be set; sets it if it is above the stored one.
 *     In any order and number of times: the highest version stays. Scores of known members stay.
 *     -> 1 set | 0 there already, or newer | 2 the same version is there with other content
 *
 * jalon_reserve  KEYS serials' hash   ARGV name, at least, count, end
 *     -> the first of `count` numbers below `end`, not below `at least`, none ever given before; -1: no room
 *
 * jalon_close    KEYS key_closing()
 *     Writes twice and leaves nothing, so that the append-only file gets a whole transaction: see below.
 *
 * jalon_ship     KEYS positions, gaps, links, sealing_until, then one for each group below; for late visitors, if there are any: sealing,
 *                     then two for each
 *                ARGV incarnation, from, to, gap, how many groups of: counters, visitors, packs, links; the first day of them; then
 *                     counters (key: days or quarter_hours): n, then n times field, count, all of one day
 *                     visitors (key: visitors):         n, then n fingerprints
 *                     packs    (key: clicks):           pack
 *                     links    (key: links_of):         link id, record
 *                     late visitors (keys: visitors, sealed_visitors): day, n, then n fingerprints; sealed at once. As many
 *                          as there are keys for
 *     Applies all if the stored position (0: none) is `from`, and moves it to `to`. gap "": no other position
 *     will do; else a position below `from` will too, what lies between is lost, and the gaps hash gets
 *     "INCARNATION:POSITION" -> "FROM GAP", where gap is the time of the first click behind it, in ms.
 *     A key of a wrong type (foreign hands) is stepped over and counted: an error there would leave half a
 *     batch applied, and the next try would count it twice.
 *     -> [1, to, keys stepped over] | [0, stored position, 0] | error JALONTORN
 *
 * jalon_seal     KEYS sealing, then for each day of a link: visitors, sealed_visitors   ARGV the days
 *     What the visitors' own key has goes into the field of that day, into one union with what is there already, and the key goes.
 *     Any number of times. A key of a wrong type is stepped over, and nothing is lost that its other key has.
 *     -> how many days were stepped over
 *
 * jalon_seal_clicks   KEYS days and quarter_hours of links   ARGV day
 *     The clicks of all days up to that one go into the sealed fields of the same hashes (store_clicks.c). Any number of times. A hash
 *     that is none, or has a sealed field that is none, is stepped over, and so is a counter that is none or over 2^52. It ends
 *     after some milliseconds, within a hash or not.
 *     -> [keys that are done, of them with something stepped over]
 *
 * jalon_sealing  KEYS sealing_until   ARGV day
 *     From now on, clicks of days up to that one are sealed as they are shipped. No clock is trusted alone: the day is 3 days before the
 *     store's own at the latest. It never goes back.
 *     -> that day
 *
 * jalon_sealed   KEYS sealing_until, sealed_until   ARGV day
 *     All up to that day is sealed, or up to sealing_until, if that is earlier: a server that came back without its last second
 *     may have lost it, and what was sealed.
 *     -> the day that is written
 *
 * What a call writes is a transaction in the append-only file. When the machine dies in the middle of writing one, Redis and
 * Valkey leave its beginning, MULTI, at the end of the file they start from; it is carried out with the next transaction when the
 * file is loaded once more, though the clicks in it were shipped again. (valkey-io/valkey#4342 mends it; Redis has
 * not.) A rewrite of the file leaves it out. So a server that was started on a file takes clicks when that file was
 * rewritten: store.c asks it to, and to close what may be open first, as it does not start from a file that
 * ends within a transaction and is not the last. After a minute it takes them in any case.
 *
 * `redis.call` exists only while a function runs, so it is not kept in a local of the library. */
#include "core/store/functions.h"

#include "core/store/schema.h"
#include "core/traffic/click_class.h"

#define TEXT_OF(number) TEXT(number)
#define TEXT(tokens) #tokens
#define DAYS_A_BLOCK TEXT_OF(SCHEMA_BLOCK_DAYS)
#define SEALED_A_CALL "500" /* 2 or 3 ms; and Lua passes no more than 8000 arguments at once */
#define CLASS_NUMBER(upper, name, letter, value) "[" #letter "]=" #value ","
#define CLASS_NUMBERS CLICK_CLASSES(CLASS_NUMBER)

const char functions_source[] =
    "#!lua name=jalon\n"

    "local function publish(change)\n"
    "  if change ~= '' then redis.call('PUBLISH', '" SCHEMA_CHANGED_CHANNEL "', change) end\n"
    "end\n"

    /* Version (nil: damaged) and text (false: absent) of what is stored. */
    "local function stored_record(key, field)\n"
    "  local text = redis.call('HGET', key, field)\n"
    "  if not text then return 0, text end\n"
    "  return tonumber(string.match(text, '^([1-9]%d*) ')), text\n"
    "end\n"

    "local function damaged()\n"
    "  return redis.error_reply('JALONDAMAGED a stored record has no version')\n"
    "end\n"

    "local function has_version(key, field, version)\n"
    "  return stored_record(key, field) == tonumber(version)\n"
    "end\n"

    /* Was it judged by a record, or by a count, that is another by now? */
    "local index_sizes = {s=2, z=3, c=5, b=3}\n"
    "local function is_misjudged(keys, args)\n"
    "  local at = 5\n"
    "  for i = 2, #keys do\n"
    "    if args[at] == 'b' and not has_version(keys[i], args[at + 1], args[at + 2]) then return "
    "true end\n"
    "    local limit = args[at] == 'c' and tonumber(args[at + 3]) or 0\n"
    "    if limit > 0 then\n"
    "      local is_over = redis.call('ZCOUNT', keys[i], 0, 0) >= limit\n"
    "      if is_over ~= (args[at + 4] == '1') then return true end\n"
    "    end\n"
    "    at = at + index_sizes[args[at]]\n"
    "  end\n"
    "  return false\n"
    "end\n"

    /* Indexes first: should one of them be of a wrong type, the record is not written either. */
    "local function add_indexes(keys, args, is_newest)\n"
    "  local at = 5\n"
    "  for i = 2, #keys do\n"
    "    if args[at] == 's' then\n"
    "      redis.call('SADD', keys[i], args[at + 1])\n"
    "      at = at + 2\n"
    "    elseif args[at] == 'c' then\n"
    "      redis.call('ZADD', keys[i], 'GT', args[at + 2], args[at + 1])\n"
    "      at = at + 5\n"
    "    elseif args[at] == 'b' then\n"
    "      at = at + 3\n"
    "    else\n"
    "      if is_newest then\n"
    "        redis.call('ZADD', keys[i], args[at + 2], args[at + 1])\n"
    "      else\n"
    "        redis.call('ZADD', keys[i], 'NX', args[at + 2], args[at + 1])\n"
    "      end\n"
    "      at = at + 3\n"
    "    end\n"
    "  end\n"
    "end\n"

    "local function put(keys, args)\n"
    "  local version = stored_record(keys[1], args[1])\n"
    "  if not version then return damaged() end\n"
    "  if version ~= tonumber(args[3]) or is_misjudged(keys, args) then return {0, version} end\n"
    "  add_indexes(keys, args, true)\n"
    "  redis.call('HSET', keys[1], args[1], string.format('%.0f ', version + 1) .. args[2])\n"
    "  publish(args[4])\n"
    "  return {1, version + 1}\n"
    "end\n"

    "local function put_all(keys, args)\n"
    "  local count = tonumber(args[1])\n"
    "  local texts = redis.call('HMGET', keys[1], unpack(args, 2, count + 1))\n"
    "  for i = 1, count do\n"
    "    local version = '0'\n"
    "    if texts[i] then version = string.match(texts[i], '^([1-9]%d*) ') end\n"
    "    if not version then return damaged() end\n"
    "    if version ~= args[count + 1 + i] then return 0 end\n"
    "  end\n"
    "  local at = 2 * count + 2\n"
    "  local records = {'HSET', keys[1]}\n"
    "  for i = 1, count do\n"
    "    records[2 * i + 1], records[2 * i + 2] = args[i + 1], args[at + i - 1]\n"
    "  end\n"
    "  at = at + count\n"
    "  for i = 2, #keys do\n"
    "    local last = at + 1 + tonumber(args[at + 1])\n"
    "    if args[at] ~= 'BASIS' then\n"
    "      redis.call(args[at], keys[i], unpack(args, at + 2, last))\n"
    "    elseif not has_version(keys[i], args[at + 2], args[at + 3]) then\n"
    "      return 0\n"
    "    end\n"
    "    at = last + 1\n"
    "  end\n"
    "  redis.call(unpack(records))\n"
    "  for i = at, #args do publish(args[i]) end\n"
    "  return 1\n"
    "end\n"

    "local function restore(keys, args)\n"
    "  local version, text = stored_record(keys[1], args[1])\n"
    "  if not version then return damaged() end\n"
    "  local new, record = tonumber(args[3]), args[3] .. ' ' .. args[2]\n"
    "  add_indexes(keys, args, new > version)\n"
    "  if new < version then return 0 end\n"
    "  if new == version then return text == record and 0 or 2 end\n"
    "  redis.call('HSET', keys[1], args[1], record)\n"
    "  publish(args[4])\n"
    "  return 1\n"
    "end\n"

    "local function reserve(keys, args)\n"
    "  local stored = tonumber(redis.call('HGET', keys[1], args[1]) or '0')\n"
    "  local first = math.max(stored, tonumber(args[2]))\n"
    "  local after = first + tonumber(args[3])\n"
    "  if after > tonumber(args[4]) then return -1 end\n"
    "  if after > stored then\n"
    "    redis.call('HSET', keys[1], args[1], string.format('%.0f', after))\n"
    "  end\n"
    "  return first\n"
    "end\n"

    "local is_whole, asked_s = false, nil\n"
    "local function is_log_whole()\n"
    "  if is_whole then return true end\n"
    "  local info, now_s = redis.pcall('INFO', 'persistence'), tonumber(redis.call('TIME')[1])\n"
    "  asked_s = asked_s or now_s\n"
    "  local function says(text) return string.find(info, text, 1, true) end\n"
    "  is_whole = type(info) ~= 'string' or not says('aof_enabled:1')\n"
    "    or (says('aof_last_bgrewrite_status:ok') and not says('aof_last_rewrite_time_sec:-1'))\n"
    "    or math.abs(now_s - asked_s) > 60\n"
    "  return is_whole\n"
    "end\n"

    "local function close(keys)\n"
    "  redis.call('SET', keys[1], '')\n"
    "  redis.call('DEL', keys[1])\n"
    "  return 1\n"
    "end\n"

    "local function merge_sealed(sealing, own, past, day)\n"
    "  local call = redis.pcall\n"
    "  call('SET', sealing, call('HGET', past, day))\n"
    "  local is_merged = not call('PFMERGE', sealing, own).err\n"
    "  local bytes = call('GET', sealing)\n"
    "  call('DEL', sealing)\n"
    "  if is_merged then call('HSET', past, day, bytes) end\n"
    "  return is_merged\n"
    "end\n"

    "local function seal(sealing, own, past, day)\n"
    "  local bytes = redis.pcall('GET', own)\n"
    "  if not bytes then return true end\n"
    "  if type(bytes) ~= 'string' or string.sub(bytes, 1, 4) ~= 'HYLL' then return false end\n"
    "  local made = redis.pcall('HSETNX', past, day, bytes)\n"
    "  if type(made) ~= 'number' then return false end\n"
    "  if made == 0 and not merge_sealed(sealing, own, past, day) then return false end\n"
    "  redis.pcall('DEL', own)\n"
    "  return true\n"
    "end\n"

    "local function seal_all(keys, args)\n"
    "  local failed = 0\n"
    "  for i = 1, #args do\n"
    "    if not seal(keys[1], keys[2 * i], keys[2 * i + 1], args[i]) then failed = failed + 1 end\n"
    "  end\n"
    "  return failed\n"
    "end\n"

    "local function take_number(bytes, at)\n"
    "  local number, unit = 0, 1\n"
    "  while unit < 2^50 do\n"
    "    local byte = string.byte(bytes, at)\n"
    "    if not byte then return nil end\n"
    "    number, unit, at = number + byte % 128 * unit, unit * 128, at + 1\n"
    "    if byte < 128 then return number, at end\n"
    "  end\n"
    "end\n"

    "local function put_number(bytes, number)\n"
    "  while number > 127 do\n"
    "    bytes[#bytes + 1] = string.char(number % 128 + 128)\n"
    "    number = math.floor(number / 128)\n"
    "  end\n"
    "  bytes[#bytes + 1] = string.char(number)\n"
    "end\n"

    /* What a sealed field has is added to `counts`, by slot; false: it is no such field. */
    "local function unpack_counts(bytes, counts)\n"
    "  local at, slot, count = 1\n"
    "  while at <= #bytes do\n"
    "    slot, at = take_number(bytes, at)\n"
    "    if not slot then return false end\n"
    "    count, at = take_number(bytes, at)\n"
    "    if not count then return false end\n"
    "    counts[slot] = (counts[slot] or 0) + count\n"
    "  end\n"
    "  return true\n"
    "end\n"

    "local function pack_counts(counts)\n"
    "  local slots, bytes = {}, {}\n"
    "  for slot, count in pairs(counts) do\n"
    "    if count > 0 then slots[#slots + 1] = slot end\n"
    "  end\n"
    "  table.sort(slots)\n"
    "  for _, slot in ipairs(slots) do\n"
    "    put_number(bytes, slot)\n"
    "    put_number(bytes, counts[slot])\n"
    "  end\n"
    "  return table.concat(bytes)\n"
    "end\n"

    /* The day that a counter's field is of, the sealed field that it belongs to, and its slot there; nil: it is none. */
    "local classes = {" CLASS_NUMBERS "}\n"
    "local function place_of(field)\n"
    "  local day, quarter, class = string.match(field, '^(%d+):?(%d*):(%a)$')\n"
    "  if not classes[class] then return nil end\n"
    "  local number = tonumber(day)\n"
    "  if quarter ~= '' then return number, day, 8 * tonumber(quarter) + classes[class] end\n"
    "  local first = number - number % " DAYS_A_BLOCK "\n"
    "  return number, string.format('%.0f', first), 8 * (number - first) + classes[class]\n"
    "end\n"

    /* Adds what the hash has sealed to `sealed`, counts by field and slot, and appends the fields to `change`. */
    "local function merge_counts(key, sealed, change)\n"
    "  for name, counts in pairs(sealed) do\n"
    "    local bytes = redis.pcall('HGET', key, name) or ''\n"
    "    if type(bytes) ~= 'string' or not unpack_counts(bytes, counts) then return false end\n"
    "    change[#change + 1], change[#change + 2] = name, pack_counts(counts)\n"
    "  end\n"
    "  return true\n"
    "end\n"

    "local function add_count(sealed, name, slot, count)\n"
    "  local counts = sealed[name] or {}\n"
    "  counts[slot] = (counts[slot] or 0) + count\n"
    "  sealed[name] = counts\n"
    "end\n"

    /* Clicks of a day that is sealed: fields and counts from args[first] to args[last]. */
    "local function add_sealed(key, args, first, last)\n"
    "  local sealed, change = {}, {}\n"
    "  for i = first, last, 2 do\n"
    "    local _, name, slot = place_of(args[i])\n"
    "    add_count(sealed, name, slot, tonumber(args[i + 1]))\n"
    "  end\n"
    "  if not merge_counts(key, sealed, change) then return false end\n"
    "  return type(redis.pcall('HSET', key, unpack(change))) == 'number'\n"
    "end\n"

    /* The counters of days up to `last`, at most SEALED_A_CALL of them: their fields, counts by sealed field and slot, and whether
     * there is one that can't be sealed. */
    "local function find_counters(all, last)\n"
    "  local fields, sealed, has_other = {}, {}, false\n"
    "  for i = 1, #all, 2 do\n"
    "    local day, name, slot = place_of(all[i])\n"
    "    if day and day <= last then\n"
    "      local count = tonumber(string.match(all[i + 1], '^%d+$'))\n"
    "      if count and count < 2^52 then\n"
    "        add_count(sealed, name, slot, count)\n"
    "        fields[#fields + 1] = all[i]\n"
    "        if #fields == " SEALED_A_CALL " then break end\n"
    "      else\n"
    "        has_other = true\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "  return fields, sealed, has_other\n"
    "end\n"

    /* One command moves the clicks, so that no half of it is ever carried out; the fields that it empties may go or not.
     * Returns how many fields were looked at, how many were sealed, and whether something was stepped over. */
    "local function seal_clicks(key, last)\n"
    "  local all, change = redis.pcall('HGETALL', key), {}\n"
    "  if all.err then return 1, 0, true end\n"
    "  local fields, sealed, has_other = find_counters(all, last)\n"
    "  if not merge_counts(key, sealed, change) then return #all / 2, 0, true end\n"
    "  for i = 1, #fields do change[#change + 1], change[#change + 2] = fields[i], '0' end\n"
    "  if #fields > 0 then\n"
    "    redis.call('HSET', key, unpack(change))\n"
    "    redis.call('HDEL', key, unpack(fields))\n"
    "  end\n"
    "  return #all / 2, #fields, has_other\n"
    "end\n"

    "local function seal_all_clicks(keys, args)\n"
    "  local work, failed, at = 0, 0, 1\n"
    "  while at <= #keys and work < 4 * " SEALED_A_CALL " do\n"
    "    local seen, sealed, has_other = seal_clicks(keys[at], tonumber(args[1]))\n"
    "    work = work + 1 + seen + 3 * sealed\n"
    "    if sealed < " SEALED_A_CALL " then\n"
    "      failed, at = failed + (has_other and 1 or 0), at + 1\n"
    "    end\n"
    "  end\n"
    "  return {at - 1, failed}\n"
    "end\n"

    "local function sealing(keys, args)\n"
    "  local today = math.floor(tonumber(redis.call('TIME')[1]) / 86400)\n"
    "  local day = math.min(tonumber(args[1]), today - 3)\n"
    "  if day > tonumber(redis.call('GET', keys[1]) or '-1') then\n"
    "    redis.call('SET', keys[1], string.format('%.0f', day))\n"
    "  end\n"
    "  return day\n"
    "end\n"

    "local function sealed(keys, args)\n"
    "  local day = math.min(tonumber(args[1]), tonumber(redis.call('GET', keys[1]) or '-1'))\n"
    "  if day >= 0 then redis.call('SET', keys[2], string.format('%.0f', day)) end\n"
    "  return day\n"
    "end\n"

    "local function ship_links(keys, args, key, at, count)\n"
    "  for i = key, key + count - 1 do\n"
    "    local id = args[at]\n"
    "    local made = redis.pcall('HSETNX', keys[3], id, args[at + 1])\n"
    "    if made == 1 then\n"
    "      redis.pcall('SADD', keys[i], id)\n"
    "      publish('link ' .. id)\n"
    "    end\n"
    "    at = at + 2\n"
    "  end\n"
    "  return at\n"
    "end\n"

    "local function ship_late_visitors(keys, args, key, at)\n"
    "  local failed = 0\n"
    "  for i = key + 1, #keys, 2 do\n"
    "    local last = at + 1 + tonumber(args[at + 1])\n"
    "    local added = redis.pcall('PFADD', keys[i], unpack(args, at + 2, last))\n"
    "    if type(added) ~= 'number' or not seal(keys[key], keys[i], keys[i + 1], args[at]) then\n"
    "      failed = failed + 1\n"
    "    end\n"
    "    at = last + 1\n"
    "  end\n"
    "  return failed\n"
    "end\n"

    "local function ship(keys, args)\n"
    "  if not is_log_whole() then\n"
    "    return redis.error_reply('JALONTORN the append-only file was not rewritten since the "
    "start')\n"
    "  end\n"
    "  local incarnation, from, to, gap = args[1], args[2], args[3], args[4]\n"
    "  if not string.find(keys[4] or '', ':sealing_until', 1, true) then\n"
    "    return redis.error_reply('ERR this jalond is older than the store: update it')\n"
    "  end\n"
    "  local sealed = redis.pcall('GET', keys[4])\n"
    "  sealed = type(sealed) == 'string' and tonumber(sealed) or -1\n"
    "  local has_late = tonumber(args[9]) <= sealed\n"
    "  local stored = redis.call('HGET', keys[1], incarnation) or '0'\n"
    "  if stored ~= from then\n"
    "    if gap == '' or tonumber(stored) > tonumber(from) then\n"
    "      return {0, tonumber(stored), 0}\n"
    "    end\n"
    "    redis.call('HSET', keys[2], incarnation .. ':' .. stored, from .. ' ' .. gap)\n"
    "  end\n"
    "  redis.call('HSET', keys[1], incarnation, to)\n"
    "  local call, unpack = redis.pcall, unpack\n"
    "  local counters, visitors = tonumber(args[5]), tonumber(args[6])\n"
    "  local packs, links = tonumber(args[7]), tonumber(args[8])\n"
    "  local key, at, failed = 5, 10, 0\n"
    "  for i = key, key + counters - 1 do\n"
    "    local name = keys[i]\n"
    "    local last = at + 2 * tonumber(args[at])\n"
    "    local is_late = has_late and (place_of(args[at + 1]) or sealed + 1) <= sealed\n"
    "    if is_late and not add_sealed(name, args, at + 1, last) then failed = failed + 1 end\n"
    "    for j = is_late and last + 1 or at + 1, last, 2 do\n"
    "      if type(call('HINCRBY', name, args[j], args[j + 1])) ~= 'number' then failed = failed + "
    "1 end\n"
    "    end\n"
    "    at = last + 1\n"
    "  end\n"
    "  key = key + counters\n"
    "  for i = key, key + visitors - 1 do\n"
    "    local last = at + tonumber(args[at])\n"
    "    if type(call('PFADD', keys[i], unpack(args, at + 1, last))) ~= 'number' then failed = "
    "failed + 1 end\n"
    "    at = last + 1\n"
    "  end\n"
    "  key = key + visitors\n"
    "  for i = key, key + packs - 1 do\n"
    "    if type(call('RPUSH', keys[i], args[at])) ~= 'number' then failed = failed + 1 end\n"
    "    at = at + 1\n"
    "  end\n"
    "  key = key + packs\n"
    "  at = ship_links(keys, args, key, at, links)\n"
    "  failed = failed + ship_late_visitors(keys, args, key + links, at)\n"
    "  return {1, tonumber(to), failed}\n"
    "end\n"

    "redis.register_function{function_name='" FUNCTION_VERSION_NAME "', flags={'no-writes'},\n"
    "  callback=function() return '" FUNCTIONS_VERSION "' end}\n"
    "redis.register_function('" FUNCTION_PUT "', put)\n"
    "redis.register_function('" FUNCTION_PUT_ALL "', put_all)\n"
    "redis.register_function('" FUNCTION_RESTORE "', restore)\n"
    "redis.register_function('" FUNCTION_RESERVE "', reserve)\n"
    "redis.register_function('" FUNCTION_CLOSE "', close)\n"
    "redis.register_function('" FUNCTION_SHIP "', ship)\n"
    "redis.register_function('" FUNCTION_SEAL "', seal_all)\n"
    "redis.register_function('" FUNCTION_SEAL_CLICKS "', seal_all_clicks)\n"
    "redis.register_function('" FUNCTION_SEALING "', sealing)\n"
    "redis.register_function('" FUNCTION_SEALED "', sealed)\n";
