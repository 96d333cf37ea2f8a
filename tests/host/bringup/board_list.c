/* SPDX-License-Identifier: MIT */
#include "tests/host/bringup/board_list.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/unit.h"

/* ---- the list ---- */

_Noreturn static void give_up(const char *why, const char *line)
{
	fprintf(stderr, "%s: %s\n", why, line);
	exit(2);
}

static void read_units(struct board *board, char *text, const char *line)
{
	for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n")) {
		struct survey *unit = &board->units[board->unit_count];
		unsigned long long base, cap, ecap;
		unsigned int ver;

		if (board->unit_count == BOARD_UNITS_MAX ||
		    sscanf(word, "%llx:%x:%llx:%llx:", &base, &ver, &cap, &ecap) != 4)
			give_up("no unit, or one too many", line);
		*unit = (struct survey){ .index = board->unit_count++, .base = phys(base) };
		unit->caps = unit->caps_again = (struct caps){ ver, cap, ecap };
	}
}

bool board_read(FILE *list, struct board *board)
{
	char line[1200], text[1200];

	do {
		if (!fgets(line, sizeof(line), list))
			return false;
	} while (line[0] == '#');
	memset(board, 0, sizeof(*board));
	if (sscanf(line, "%31[^\t]\t%u\t%1199[^\n]", board->name, &board->logs, text) != 3)
		give_up("no board", line);
	read_units(board, text, line);
	return true;
}

bool board_plan(const struct board *board, struct bringup_plan *plan)
{
	const struct bringup_request request = {
		.pasids = BRINGUP_WANTED,
		.pass_through = BRINGUP_WANTED,
		.interrupt_remapping = BRINGUP_WANTED,
		.leaves_untranslated = true,
	};

	return bringup_plan(board->units, board->unit_count, &request, plan);
}

/* ---- in words ---- */

__attribute__((format(printf, 2, 3))) static void add(char text[BOARD_TEXT_BYTES],
						      const char *format, ...)
{
	const size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, BOARD_TEXT_BYTES - used, format, args);
	va_end(args);
}

/* "0,1": the units of which something is so. */
static void add_units(char text[BOARD_TEXT_BYTES], const struct bringup_plan *plan,
		      bool (*is_so)(const struct bringup_plan *plan, unsigned int unit))
{
	const char *separator = "";

	for (unsigned int i = 0; i < plan->unit_count; i++) {
		if (!is_so(plan, i))
			continue;
		add(text, "%s%u", separator, i);
		separator = ",";
	}
}

static bool lacks_pt(const struct bringup_plan *plan, unsigned int unit)
{
	return bringup_unit_has_note(plan, unit, BRINGUP_NOTE_NO_PASS_THROUGH);
}

static bool lacks_ir(const struct bringup_plan *plan, unsigned int unit)
{
	return bringup_unit_has_note(plan, unit, BRINGUP_NOTE_NO_INTERRUPT_REMAPPING);
}

static bool lacks_eim(const struct bringup_plan *plan, unsigned int unit)
{
	return !caps_has(&plan->units[unit].caps, CAPABILITY_EIM);
}

static bool lacks_sc(const struct bringup_plan *plan, unsigned int unit)
{
	return bringup_unit_has_note(plan, unit, BRINGUP_NOTE_NO_SNOOP_CONTROL);
}

static void add_lack(char text[BOARD_TEXT_BYTES], const struct bringup_plan *plan, const char *what,
		     bool (*lacks)(const struct bringup_plan *plan, unsigned int unit),
		     const char *bit)
{
	add(text, ", %s (unit ", what);
	add_units(text, plan, lacks);
	add(text, " without %s)", bit);
}

static void list_what_is_off(char off[BOARD_TEXT_BYTES], const struct bringup_plan *plan)
{
	*off = 0;
	if (plan->legacy_because[0])
		add(off, ", scalable mode and SVA (unit %u %s)", plan->legacy_unit,
		    plan->legacy_because);
	else if (plan->sva_off_because[0])
		add(off, ", SVA (unit %u %s)", plan->sva_off_unit, plan->sva_off_because);
	if (!plan->pass_through)
		add_lack(off, plan, "pass-through", lacks_pt, "ECAP.PT");
	if (!plan->interrupt_remapping)
		add_lack(off, plan, "interrupt remapping", lacks_ir, "ECAP.IR");
	else if (!plan->extended_interrupts)
		add_lack(off, plan, "extended interrupts", lacks_eim, "ECAP.EIM");
	if (!plan->snoop_control)
		add_lack(off, plan, "snoop control", lacks_sc, "ECAP.SC");
	if (plan->depth_unit != BRINGUP_NO_UNIT)
		add(off, ", one address space behind all (units %u and %u share no depth)",
		    plan->depth_with_unit, plan->depth_unit);
}

static void add_broken_rules(char text[BOARD_TEXT_BYTES], const struct board *board)
{
	const char *separator = "; notes:";
	unsigned int count;
	const struct caps_rule *rules = caps_rules(&count);

	for (unsigned int i = 0; i < count; i++)
		for (unsigned int unit = 0; unit < board->unit_count; unit++) {
			if (!rules[i].broken(&board->units[unit].caps))
				continue;
			add(text, "%s unit %u %s%s", separator, unit, rules[i].id,
			    rules[i].is_note ? "" : " BROKEN");
			separator = ",";
		}
}

static void describe_plan(char text[BOARD_TEXT_BYTES], const struct bringup_plan *plan)
{
	char off[BOARD_TEXT_BYTES];

	add(text, "%s mode, levels", plan->format.scalable ? "scalable" : "legacy");
	for (unsigned int i = 0; i < plan->unit_count; i++)
		add(text, " %u%s", plan->units[i].translates ? plan->format.unit_levels[i] : 0,
		    plan->format.unit_stage[i] == FIRST_STAGE ? " (first stage)" : "");
	add(text, ", %u bits", plan->address_bits);
	if (plan->pasid_bits)
		add(text, ", %sPASIDs of %u bits", plan->sva ? "SVA with " : "", plan->pasid_bits);
	if (plan->pass_through)
		add(text, ", pass-through");
	if (plan->interrupt_remapping)
		add(text, ", interrupt remapping%s",
		    plan->extended_interrupts ? " (extended)" : "");
	list_what_is_off(off, plan);
	if (*off)
		add(text, "; off: %s", off + 2);
}

void board_describe(const struct board *board, char text[BOARD_TEXT_BYTES])
{
	static struct bringup_plan plan;
	char words[400];

	snprintf(text, BOARD_TEXT_BYTES, "%s: ", board->name);
	if (board_plan(board, &plan)) {
		describe_plan(text, &plan);
	} else {
		bringup_plan_describe(&plan, words, sizeof(words));
		add(text, "%s", words);
	}
	add_broken_rules(text, board);
}

/* ---- the model ---- */

const char *board_unit_not_modelled(const struct survey *unit)
{
	const unsigned int guest = caps_guest_address_bits(&unit->caps);
	const struct model_config config = {
		.version = unit->caps.ver,
		.cap = unit->caps.cap,
		.ecap = unit->caps.ecap,
		.host_address_bits = guest < 52 ? guest : 52,
	};

	return model_config_error(&config);
}

void board_describe_model(const struct board *board, char text[BOARD_TEXT_BYTES])
{
	const char *before = NULL;

	*text = 0;
	for (unsigned int i = 0; i < board->unit_count; i++) {
		const char *why = board_unit_not_modelled(&board->units[i]);

		if (!why)
			continue;
		if (!*text)
			add(text, "%s:", board->name);
		if (before && !strcmp(why, before))
			add(text, ", unit %u: the same", i);
		else
			add(text, "%s unit %u: %s", before ? "," : "", i, why);
		before = why;
	}
}

void board_topology(const struct board *board, char text[BOARD_TEXT_BYTES])
{
	*text = 0;
	for (unsigned int i = 0; i < board->unit_count; i++) {
		const struct caps *caps = &board->units[i].caps;

		add(text, "%slegacy+ver=%u.%u+cap=0x%llx+ecap=0x%llx", i ? "," : "",
		    caps_major(caps), caps_minor(caps), (unsigned long long)caps->cap,
		    (unsigned long long)caps->ecap);
	}
}
