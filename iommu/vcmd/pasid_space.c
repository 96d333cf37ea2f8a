/* SPDX-License-Identifier: MIT */
#include "iommu/vcmd/pasid_space.h"

#include "arch/panic.h"

#define WORD_SHIFT 6u
#define WORD_BITS  (1u << WORD_SHIFT)

/* What history says of a PASID; anything else is the number of the unit that has it, plus 1. */
enum { HISTORY_NEVER = 0, HISTORY_FREED = UINT8_MAX };

_Static_assert(PASID_SPACE_UNITS_MAX + 1 < HISTORY_FREED, "a unit's number fits its byte");
_Static_assert(PASID_SPACE_LEVELS *WORD_SHIFT >= PASID_SPACE_BITS_MAX, "the top is one word");

#define PASID_ERROR_WORDS_(name, words) words,
static const char *const error_words[] = { PASID_ERRORS(PASID_ERROR_WORDS_) };

const char *pasid_error_name(enum pasid_error error)
{
	return (unsigned int)error < PASID_ERROR_COUNT ? error_words[error] : "unknown PASID error";
}

/* A level has one bit for each word of the level below, level 0 one for each PASID. */
static size_t level_bit_count(unsigned int bits, unsigned int level)
{
	const unsigned int shift = level * WORD_SHIFT;

	return bits > shift ? (size_t)1 << (bits - shift) : 1;
}

static size_t level_word_count(unsigned int bits, unsigned int level)
{
	return (level_bit_count(bits, level) + WORD_BITS - 1) / WORD_BITS;
}

size_t pasid_space_state_bytes(unsigned int bits)
{
	size_t words = 0;

	for (unsigned int level = 0; level < PASID_SPACE_LEVELS; level++)
		words += level_word_count(bits, level);
	return words * sizeof(uint64_t);
}

size_t pasid_space_history_bytes(unsigned int bits)
{
	return (size_t)1 << bits;
}

/* Marks a PASID as taken; a word that runs empty is cleared in the level above. */
static void mark_taken(struct pasid_space *space, uint32_t pasid)
{
	for (unsigned int level = 0; level < PASID_SPACE_LEVELS; level++) {
		uint64_t *word = &space->level[level][pasid >> WORD_SHIFT];

		*word &= ~(UINT64_C(1) << pasid % WORD_BITS);
		space->words_touched++;
		if (*word)
			return;
		pasid >>= WORD_SHIFT;
	}
}

/* Marks a PASID as free; a word that was empty is set in the level above. */
static void mark_free(struct pasid_space *space, uint32_t pasid)
{
	for (unsigned int level = 0; level < PASID_SPACE_LEVELS; level++) {
		uint64_t *word = &space->level[level][pasid >> WORD_SHIFT];
		const bool was_empty = !*word;

		*word |= UINT64_C(1) << pasid % WORD_BITS;
		space->words_touched++;
		if (!was_empty)
			return;
		pasid >>= WORD_SHIFT;
	}
}

/* The lowest free PASID: one word of each level, from the top. 0, which is never free: none. */
static uint32_t find_free(struct pasid_space *space)
{
	uint32_t index = 0;

	for (unsigned int level = PASID_SPACE_LEVELS; level-- > 0;) {
		const uint64_t word = space->level[level][index];

		space->words_touched++;
		if (!word)
			return 0;
		index = index << WORD_SHIFT | (uint32_t)__builtin_ctzll(word);
	}
	return index;
}

static bool is_taken(const struct pasid_space *space, uint32_t pasid)
{
	return !(space->level[0][pasid >> WORD_SHIFT] >> pasid % WORD_BITS & 1);
}

static void fill_level(uint64_t *words, size_t bit_count)
{
	for (; bit_count >= WORD_BITS; bit_count -= WORD_BITS)
		*words++ = UINT64_MAX;
	if (bit_count)
		*words = (UINT64_C(1) << bit_count) - 1;
}

void pasid_space_init(struct pasid_space *space, unsigned int bits, void *state, void *history)
{
	uint64_t *words = state;

	if (bits < 1 || bits > PASID_SPACE_BITS_MAX)
		panic("a PASID space of %u bits; 1 to %d are possible", bits, PASID_SPACE_BITS_MAX);
	*space = (struct pasid_space){ .bits = bits, .history = history };
	for (unsigned int level = 0; level < PASID_SPACE_LEVELS; level++) {
		space->level[level] = words;
		fill_level(words, level_bit_count(bits, level));
		words += level_word_count(bits, level);
	}
	for (size_t i = 0; history && i < pasid_space_history_bytes(bits); i++)
		space->history[i] = HISTORY_NEVER;
	mark_taken(space, 0);
	space->words_touched = 0;
}

static bool is_in_range(const struct pasid_space *space, uint32_t pasid)
{
	return pasid >> space->bits == 0;
}

/* The index of a reserved PASID; reserved_count if it is not one. */
static unsigned int reserved_index(const struct pasid_space *space, uint32_t pasid)
{
	unsigned int i = 0;

	while (i < space->reserved_count && space->reserved[i].pasid != pasid)
		i++;
	return i;
}

static bool is_reserved(const struct pasid_space *space, uint32_t pasid)
{
	return reserved_index(space, pasid) < space->reserved_count;
}

enum pasid_error pasid_space_reserve(struct pasid_space *space, uint32_t pasid)
{
	if (pasid == 0 || is_reserved(space, pasid))
		return PASID_OK;
	if (!is_in_range(space, pasid))
		return PASID_ERROR_OUT_OF_RANGE;
	if (is_taken(space, pasid))
		return PASID_ERROR_LIVE;
	if (space->reserved_count == PASID_SPACE_RESERVED_MAX)
		return PASID_ERROR_TOO_MANY_RESERVED;
	space->reserved[space->reserved_count].pasid = pasid;
	space->reserved[space->reserved_count].is_held = false;
	space->reserved_count++;
	mark_taken(space, pasid);
	return PASID_OK;
}

static bool has_source(const struct pasid_space *space, unsigned int unit)
{
	return space->source[unit].alloc != NULL;
}

/* The source that serves a unit; NULL: the default allocator does. */
static const struct pasid_source *source_for(const struct pasid_space *space, unsigned int unit)
{
	if (space->source_count == 0)
		return NULL;
	if (has_source(space, unit))
		return &space->source[unit];
	for (unit = 0; !has_source(space, unit);)
		unit++;
	return &space->source[unit];
}

enum pasid_error pasid_space_register(struct pasid_space *space, unsigned int unit,
				      const struct pasid_source *source)
{
	if (unit >= PASID_SPACE_UNITS_MAX)
		return PASID_ERROR_BAD_UNIT;
	if (has_source(space, unit))
		return PASID_ERROR_REGISTERED;
	if (space->source_count == 0 && space->live_total)
		return PASID_ERROR_DEFAULT_LIVE;
	if (space->source_count && source_for(space, unit)->backing != source->backing)
		return PASID_ERROR_OTHER_BACKING;
	space->source[unit] = *source;
	space->source_count++;
	return PASID_OK;
}

/* Hands back what a source offered although it was a RID_PASID. */
static enum pasid_error return_held(struct pasid_space *space, const struct pasid_source *source)
{
	for (unsigned int i = 0; i < space->reserved_count; i++) {
		enum pasid_error error;

		if (!space->reserved[i].is_held)
			continue;
		error = source->free(source->context, space->reserved[i].pasid);
		if (error)
			return error;
		space->reserved[i].is_held = false;
	}
	return PASID_OK;
}

enum pasid_error pasid_space_unregister(struct pasid_space *space, unsigned int unit)
{
	if (unit >= PASID_SPACE_UNITS_MAX)
		return PASID_ERROR_BAD_UNIT;
	if (!has_source(space, unit))
		return PASID_ERROR_NOT_REGISTERED;
	if (space->live_count[unit] || (space->source_count == 1 && space->live_total))
		return PASID_ERROR_SOURCE_LIVE;
	if (space->source_count == 1) {
		const enum pasid_error error = return_held(space, &space->source[unit]);

		if (error)
			return error;
	}
	space->source[unit] = (struct pasid_source){ 0 };
	space->source_count--;
	return PASID_OK;
}

static enum pasid_error judge_offer(const struct pasid_space *space, uint32_t pasid)
{
	const unsigned int i = reserved_index(space, pasid);

	if (pasid == 0)
		return PASID_ERROR_OFFERED_ZERO;
	if (!is_in_range(space, pasid))
		return PASID_ERROR_OFFERED_OUT_OF_RANGE;
	if (i < space->reserved_count && !space->reserved[i].is_held)
		return PASID_ERROR_RESERVED;
	return is_taken(space, pasid) ? PASID_ERROR_OFFERED_TWICE : PASID_OK;
}

/*
 * A source knows nothing of RID_PASIDs, so offering one is no fault of its own: it is held, and the
 * source asked again. That ends, because holding one twice is not possible.
 */
static enum pasid_error alloc_from_source(struct pasid_space *space,
					  const struct pasid_source *source, uint32_t *pasid)
{
	enum pasid_error error;

	while (!(error = source->alloc(source->context, pasid))) {
		error = judge_offer(space, *pasid);
		if (error != PASID_ERROR_RESERVED)
			return error;
		space->reserved[reserved_index(space, *pasid)].is_held = true;
	}
	return error;
}

enum pasid_error pasid_space_alloc(struct pasid_space *space, unsigned int unit, uint32_t *pasid)
{
	const struct pasid_source *source;
	enum pasid_error error = PASID_OK;

	*pasid = 0;
	if (unit >= PASID_SPACE_UNITS_MAX)
		return PASID_ERROR_BAD_UNIT;
	source = source_for(space, unit);
	if (source)
		error = alloc_from_source(space, source, pasid);
	else if (!(*pasid = find_free(space)))
		error = PASID_ERROR_EXHAUSTED;
	if (error)
		return error;

	mark_taken(space, *pasid);
	space->live_total++;
	if (space->history) {
		space->history[*pasid] = (uint8_t)(unit + 1);
		space->live_count[unit]++;
	}
	return PASID_OK;
}

/* Why a unit may not free a PASID. */
static enum pasid_error judge_free(const struct pasid_space *space, unsigned int unit,
				   uint32_t pasid)
{
	if (unit >= PASID_SPACE_UNITS_MAX)
		return PASID_ERROR_BAD_UNIT;
	if (pasid == 0)
		return PASID_ERROR_ZERO;
	if (!is_in_range(space, pasid))
		return PASID_ERROR_OUT_OF_RANGE;
	if (is_reserved(space, pasid))
		return PASID_ERROR_RESERVED;
	if (!space->history)
		return is_taken(space, pasid) ? PASID_OK : PASID_ERROR_NOT_ALLOCATED;
	if (space->history[pasid] == HISTORY_NEVER)
		return PASID_ERROR_NEVER_ALLOCATED;
	if (space->history[pasid] == HISTORY_FREED)
		return PASID_ERROR_DOUBLE_FREE;
	return space->history[pasid] == unit + 1 ? PASID_OK : PASID_ERROR_OTHER_UNIT;
}

enum pasid_error pasid_space_free(struct pasid_space *space, unsigned int unit, uint32_t pasid)
{
	enum pasid_error error = judge_free(space, unit, pasid);
	const struct pasid_source *source;

	if (error)
		return error;
	source = source_for(space, unit);
	if (source)
		error = source->free(source->context, pasid);
	if (error)
		return error;

	mark_free(space, pasid);
	space->live_total--;
	if (space->history) {
		space->history[pasid] = HISTORY_FREED;
		space->live_count[unit]--;
	}
	return PASID_OK;
}

uint32_t pasid_space_live_count(const struct pasid_space *space)
{
	return space->live_total;
}

bool pasid_space_is_live(const struct pasid_space *space, uint32_t pasid)
{
	return pasid && is_in_range(space, pasid) && is_taken(space, pasid) &&
	       !is_reserved(space, pasid);
}
