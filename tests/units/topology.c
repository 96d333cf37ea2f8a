/* SPDX-License-Identifier: MIT */
#include "tests/units/topology.h"

#include "arch/number.h"
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/spec/caps.h"
#include "tests/units/topology_words.h"

enum { HOST_WIDTH_MIN = 32, HOST_WIDTH_MAX = 52 };

/* Where the reader is. */
struct reader {
	const char *start;
	const char *at;
	char *error;
	size_t error_bytes;
};

static bool is_delimiter(char c)
{
	return c == 0 || c == '+' || c == '-' || c == '*' || c == ',' || c == '=';
}

/* "character 4, "foo": no such word"; what is quoted ends where the next word can begin. */
static bool refuse(const struct reader *reader, const char *word, const char *what)
{
	size_t skipped = *word == '+' || *word == '*';
	int length = (int)(skipped + strcspn(word + skipped, "+*,"));

	print_to(reader->error, reader->error_bytes, "topo=: character %d, \"%.*s\": %s",
		 (int)(word - reader->start) + 1, length, word, what);
	return false;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How much of `text` is `name`, whatever the case, as a whole word; 0 if it is not. */
static size_t match_word(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++)
		if (lower(text[i]) != lower(name[i]))
			return 0;
	return is_delimiter(text[length]) ? length : 0;
}

/* The longest word that the text begins with: "vcs-draft" is one, "vcs-pas" is two. */
static const struct topology_word *find_word(const char *text, bool is_kind, size_t *length)
{
	const struct topology_word *found = NULL, *word;

	*length = 0;
	for (unsigned int i = 0; (word = topology_words_get(i)); i++) {
		size_t matched = word->is_kind == is_kind ? match_word(text, word->name) : 0;

		if (matched > *length) {
			*length = matched;
			found = word;
		}
	}
	return found;
}

static bool take_value(struct reader *reader, const struct topology_word *word, const char *start,
		       struct topology_unit *unit)
{
	const char *wrong;

	if (!word->take_value)
		return *reader->at != '=' || refuse(reader, start, "this word takes no value");
	if (*reader->at != '=')
		return refuse(reader, start, word->value_is);
	reader->at++;
	wrong = word->take_value(word, unit, &reader->at);
	if (!wrong && (!is_delimiter(*reader->at) || *reader->at == '='))
		wrong = word->value_is;
	return !wrong || refuse(reader, start, wrong);
}

static bool take_property(struct reader *reader, struct topology_unit *unit)
{
	bool is_given = *reader->at++ == '+';
	const char *start = reader->at;
	size_t length;
	const struct topology_word *word = find_word(start, false, &length);

	if (!word)
		return refuse(reader, start,
			      find_word(start, true, &length)
				      ? "a kind of unit stands before its properties"
				      : "no such word; docs/TOPOLOGIES.md lists them");
	if (!is_given && !word->set)
		return refuse(reader, start, "this word cannot be taken away");
	reader->at += length;
	if (word->set)
		word->set(word, unit, is_given);
	return take_value(reader, word, start, unit);
}

/* "*64"; 1 if there is none, 0 if it is no good. */
static unsigned int take_repetition(struct reader *reader)
{
	const char *start = reader->at;
	uint64_t count;

	if (*reader->at != '*')
		return 1;
	reader->at++;
	if (!number_take(&reader->at, 10, TOPOLOGY_UNITS_MAX, &count) || !count) {
		print_to(reader->error, reader->error_bytes,
			 "topo=: character %d: after * comes a number from 1 to %d",
			 (int)(start - reader->start) + 1, TOPOLOGY_UNITS_MAX);
		return 0;
	}
	return (unsigned int)count;
}

static bool take_unit(struct reader *reader, struct topology *topology)
{
	const char *start = reader->at;
	struct topology_unit unit = { .text = start };
	size_t length;
	const struct topology_word *kind = find_word(start, true, &length);
	unsigned int count;

	if (!kind)
		return refuse(reader, start, "no such kind of unit: sm, legacy, qemu or all");
	reader->at += length;
	kind->set(kind, &unit, true);
	while (*reader->at == '+' || *reader->at == '-')
		if (!take_property(reader, &unit))
			return false;
	unit.text_bytes = (size_t)(reader->at - start);
	count = take_repetition(reader);
	if (!count)
		return false;
	if (*reader->at && *reader->at != ',')
		return refuse(reader, reader->at, "after a unit comes a comma");
	if (topology->unit_count + count > TOPOLOGY_UNITS_MAX)
		return refuse(reader, start, "more than 64 units");
	while (count--)
		topology->units[topology->unit_count++] = unit;
	return true;
}

void topology_adopt_host_width(struct topology *topology, unsigned int bits)
{
	bits = bits < HOST_WIDTH_MIN ? HOST_WIDTH_MIN : bits;
	bits = bits > HOST_WIDTH_MAX ? HOST_WIDTH_MAX : bits;
	topology->host_address_bits = bits;
	for (unsigned int i = 0; i < topology->unit_count; i++)
		topology->units[i].config.host_address_bits = bits;
}

/*
 * The platform has one host address width: the smallest that is asked for, else the widest every
 * unit can translate for (MGAW is at least HAW), at most 52 bits.
 */
static void settle_host_width(struct topology *topology)
{
	unsigned int bits = HOST_WIDTH_MAX;

	for (unsigned int i = 0; i < topology->unit_count; i++) {
		const struct model_config *config = &topology->units[i].config;
		unsigned int wanted = config->host_address_bits;
		unsigned int guest = (unsigned int)reg_get(config->cap, CAP_MGAW) + 1;

		if (!wanted)
			wanted = guest;
		if (wanted < bits)
			bits = wanted;
	}
	topology_adopt_host_width(topology, bits);
}

/* The model's own opinion, with a pool in place of the one that comes later. */
static const char *model_error(const struct model_config *config)
{
	static uint64_t word;
	struct model_pasid_space pool = { .used = &word, .first = 1, .count = 63 };
	struct model_config whole = *config;

	whole.pasids = &pool;
	return model_config_error(&whole);
}

static bool check_units(const struct reader *reader, const struct topology *topology)
{
	for (unsigned int i = 0; i < topology->unit_count; i++) {
		const struct topology_unit *unit = &topology->units[i];
		const char *wrong = model_error(&unit->config);

		if (!wrong)
			continue;
		print_to(reader->error, reader->error_bytes, "topo=: character %d, \"%.*s\": %s",
			 (int)(unit->text - reader->start) + 1, (int)unit->text_bytes, unit->text,
			 wrong);
		return false;
	}
	return true;
}

bool topology_parse(const char *text, struct topology *topology, char *error, size_t error_bytes)
{
	struct reader reader = { text, text, error, error_bytes };

	topology->unit_count = 0;
	if (error_bytes)
		*error = 0;
	do {
		if (!take_unit(&reader, topology))
			return false;
	} while (*reader.at++ == ',');
	settle_host_width(topology);
	return check_units(&reader, topology);
}

void topology_each_illegality(const struct topology_unit *unit,
			      void (*visit)(void *context, const char *rule), void *context)
{
	struct caps caps = { unit->config.version, unit->config.cap, unit->config.ecap };
	struct model_config config = unit->config;
	unsigned int count, found = 0;
	const struct caps_rule *rules = caps_rules(&count);
	const char *wrong;

	for (unsigned int i = 0; i < count; i++)
		if (!rules[i].is_note && rules[i].broken(&caps)) {
			visit(context, rules[i].text);
			found++;
		}
	config.allow_illegal = false;
	wrong = model_error(&config); /* knows VCCAP and the host address width, too */
	if (wrong && !found)
		visit(context, wrong);
}

const char *topology_word(unsigned int nth, const char **value, const char **meaning)
{
	const struct topology_word *word = topology_words_get(nth);

	if (!word)
		return NULL;
	*value = word->value_is ? word->value_is : "";
	*meaning = word->meaning;
	return word->name;
}
