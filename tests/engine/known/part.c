/* SPDX-License-Identifier: MIT */
#include "tests/engine/known/part.h"

#include "arch/number.h"
#include "arch/string.h"

static bool starts_with(const char *at, const char *end, const char *word)
{
	size_t bytes = strlen(word);

	return (size_t)(end - at) >= bytes && !strncmp(at, word, bytes);
}

/* "007" and "0x7" are no numbers of a list, but words. */
static bool is_padded(const char *at, const char *end)
{
	return *at == '0' && end - at > 1 && strspn(at + 1, "0123456789xX");
}

/* A number, HAW or HAW+n. Moves *at behind it. */
static bool take_bound(const char **at, const char *end, unsigned int width, unsigned int *bound)
{
	uint64_t number = 0;
	unsigned int base = 0;

	if (starts_with(*at, end, "HAW")) {
		*at += strlen("HAW");
		base = width;
		if (*at == end || **at != '+') {
			*bound = base;
			return true;
		}
		++*at;
	}
	if (*at == end || is_padded(*at, end) || !number_take(at, 10, PART_NUMBERS - 1, &number) ||
	    *at > end)
		return false;
	*bound = base + (unsigned int)number;
	return true;
}

/* One range; `last` is below `first` if it is empty. */
static bool take_range(const char **at, const char *end, unsigned int width, int *first, int *last)
{
	unsigned int low, high;
	bool is_below = false;

	if (!take_bound(at, end, width, &low))
		return false;
	*first = *last = (int)low;
	if (*at == end || **at != '-')
		return true;
	++*at;
	if (*at < end && **at == '<') {
		is_below = true;
		++*at;
	}
	if (!take_bound(at, end, width, &high))
		return false;
	*last = (int)high - is_below;
	return true;
}

static void add_range(struct part_numbers *numbers, int first, int last)
{
	for (int n = first; n <= last && n < PART_NUMBERS; n++)
		numbers->words[n / 64] |= UINT64_C(1) << n % 64;
}

/* Reads a whole list; returns where it ends, NULL if it is none. `numbers` may be NULL. */
static const char *read_list(const char *at, const char *end, unsigned int width,
			     struct part_numbers *numbers)
{
	int first, last;

	do {
		if (!take_range(&at, end, width, &first, &last))
			return NULL;
		if (numbers)
			add_range(numbers, first, last);
	} while (at < end && *at == ',' && at++);
	return at == end || *at == ':' || *at == ' ' ? at : NULL;
}

/* Behind a word that numbers follow; NULL if none stands here. */
static const char *behind_keyword(const char *at, const char *end)
{
	static const char *const keywords[] = { "bits ", "types ", "values " };

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (starts_with(at, end, keywords[i]))
			return at + strlen(keywords[i]);
	return NULL;
}

/* Words of `bytes` bytes, with the first list in them. */
static struct piece piece_of(const char *text, size_t bytes)
{
	struct piece piece = { .text = text, .bytes = bytes };
	const char *end = text + bytes;

	for (const char *at = text; at < end; at++) {
		bool is_word = at == text || at[-1] == ' ';
		const char *list = is_word ? behind_keyword(at, end) : NULL;
		const char *list_end = list ? read_list(list, end, 0, NULL) : NULL;

		if (list_end) {
			piece.list_at = (size_t)(list - text);
			piece.list_bytes = (size_t)(list_end - list);
			break;
		}
	}
	return piece;
}

/* Where `mark` stands before `end`, or `end`. */
static const char *find_before(const char *at, const char *mark, const char *end)
{
	const size_t bytes = strlen(mark);

	while (at < end && strncmp(at, mark, bytes) != 0)
		at++;
	return at;
}

/* Where one of these marks and a blank stand, or the end: texts are long, and parts short. */
static const char *end_of_part(const char *at, const char *marks)
{
	while (*at && !(at[1] == ' ' && strchr(marks, *at)))
		at++;
	return at;
}

/* What stands before ": ", up to the next "; ". */
static struct piece take_head(const char **at)
{
	const char *text = *at, *end = end_of_part(text, ";");
	const char *colon = find_before(text, ": ", end);

	if (colon < end)
		*at = colon + strlen(": ");
	return piece_of(text, (size_t)(*at - text));
}

bool part_take(struct part_reader *reader, struct part *part)
{
	const char *end;

	if (!*reader->at && !reader->is_inside)
		return false;
	if (!reader->is_inside)
		reader->head = take_head(&reader->at);
	end = end_of_part(reader->at, ",;");
	part->head = reader->head;
	part->tail = piece_of(reader->at, (size_t)(end - reader->at));
	if (part->head.list_bytes)
		part->tail.list_at = part->tail.list_bytes = 0;
	reader->is_inside = *end == ',';
	reader->at = *end ? end + strlen("; ") : end;
	return true;
}

bool part_has_list(const struct part *part)
{
	return part->head.list_bytes || part->tail.list_bytes;
}

static bool is_digit_for(char known, char seen)
{
	return known == '*' && seen && strchr("0123456789abcdefABCDEF", seen);
}

static bool is_alike(const char *known, size_t known_bytes, const char *seen, size_t seen_bytes)
{
	if (known_bytes != seen_bytes)
		return false;
	for (size_t i = 0; i < seen_bytes; i++)
		if (known[i] != seen[i] && !is_digit_for(known[i], seen[i]))
			return false;
	return true;
}

static bool is_piece_alike(const struct piece *known, const struct piece *seen)
{
	size_t known_rest = known->list_at + known->list_bytes;
	size_t seen_rest = seen->list_at + seen->list_bytes;

	return !known->list_bytes == !seen->list_bytes &&
	       is_alike(known->text, known->list_at, seen->text, seen->list_at) &&
	       is_alike(known->text + known_rest, known->bytes - known_rest, seen->text + seen_rest,
			seen->bytes - seen_rest);
}

bool part_is_alike(const struct part *known, const struct part *seen)
{
	return is_piece_alike(&known->head, &seen->head) &&
	       is_piece_alike(&known->tail, &seen->tail);
}

void part_expand(const struct part *part, unsigned int host_address_bits,
		 struct part_numbers *numbers)
{
	const struct piece *piece = part->head.list_bytes ? &part->head : &part->tail;
	const char *list = piece->text + piece->list_at;

	memset(numbers, 0, sizeof(*numbers));
	if (piece->list_bytes)
		read_list(list, list + piece->list_bytes, host_address_bits, numbers);
}

static bool has_word(const struct piece *piece, const char *word)
{
	const char *end = piece->text + piece->bytes;

	return find_before(piece->text, word, end) < end;
}

bool part_is_broken(const struct part *part)
{
	return !part_has_list(part) &&
	       (has_word(&part->head, "HAW") || has_word(&part->tail, "HAW"));
}
