/* SPDX-License-Identifier: MIT */
/* Plans in words, for a person who has to change a driver, a VMM or a board. */
#include "iommu/bringup/bringup.h"

#include "arch/print.h"

#define WORDS_(name, words) words,
#define NAME_(name, words)  #name,
static const char *const reason_words[] = { BRINGUP_REASONS(WORDS_) };
static const char *const reason_names[] = { BRINGUP_REASONS(NAME_) };
static const char *const note_words[] = { BRINGUP_NOTES(WORDS_) };
#undef WORDS_
#undef NAME_

const char *bringup_reason_words(enum bringup_reason reason)
{
	return (unsigned int)reason < BRINGUP_REASON_COUNT ? reason_words[reason] : "unknown";
}

const char *bringup_reason_name(enum bringup_reason reason)
{
	return (unsigned int)reason < BRINGUP_REASON_COUNT ? reason_names[reason] : "unknown";
}

/* Text that grows, and counts on when its room is used up. */
struct line {
	char *text;
	size_t bytes;
	size_t length;
};

PRINT_FORMAT(2, 3) static void add(struct line *line, const char *format, ...)
{
	const size_t used = line->length < line->bytes ? line->length : line->bytes;
	va_list args;

	va_start(args, format);
	line->length += (size_t)print_format(line->text + used, line->bytes - used, format, args);
	va_end(args);
}

static void add_unit(struct line *line, const struct bringup_plan *plan, unsigned int unit)
{
	add(line, "unit %u (%llx)", unit, (unsigned long long)plan->units[unit].base.value);
}

static void describe_refusal(struct line *line, const struct bringup_plan *plan)
{
	const struct bringup_refusal *refusal = &plan->refusal;

	add(line, "refused: ");
	if (refusal->unit != BRINGUP_NO_UNIT) {
		add_unit(line, plan, refusal->unit);
		add(line, " ");
	}
	if (refusal->what[0])
		add(line, "%s", refusal->what);
	if (refusal->with_unit != BRINGUP_NO_UNIT) {
		add(line, " of ");
		add_unit(line, plan, refusal->with_unit);
	}
	if (refusal->what[0])
		add(line, ": ");
	add(line, "%s", bringup_reason_words(refusal->reason));
}

/* Those in use, or those of them that translate. */
static unsigned int count_units(const struct bringup_plan *plan, bool translating)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < plan->unit_count; i++)
		count += translating ? plan->units[i].translates : plan->units[i].is_used;
	return count;
}

static void describe_source(struct line *line, const struct bringup_plan *plan)
{
	const char *separator = plan->vcmd_unit_count > 1 ? " of units " : " of unit ";

	if (plan->pasids != PASIDS_VCMD) {
		add(line, " from our own allocator");
		return;
	}
	add(line, " through VCMD");
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		if (!bringup_unit_has_note(plan, i, BRINGUP_NOTE_VCMD_SOURCE))
			continue;
		add(line, "%s%u (layout %s)", separator, i, plan->layouts[i]->name);
		separator = ", ";
	}
}

/* "first stage", "second stage", or both in the order of their units. */
static void describe_stages(struct line *line, const struct bringup_plan *plan)
{
	static const char *const names[] = { [FIRST_STAGE] = "first", [SECOND_STAGE] = "second" };
	const char *seen = NULL;

	for (unsigned int i = 0; i < plan->unit_count; i++) {
		const char *name = names[plan->format.unit_stage[i]];

		if (!plan->units[i].translates || name == seen)
			continue;
		add(line, "%s%s", seen ? " and " : ", ", name);
		if (seen)
			break;
		seen = name;
	}
	add(line, " stage");
}

static void describe_sva(struct line *line, const struct bringup_plan *plan)
{
	if (plan->pasids != PASIDS_NONE) {
		add(line, ", PASIDs %u bits", plan->pasid_bits);
		describe_source(line, plan);
	}
	add(line, ", SVA %s", plan->sva ? "on" : "off");
	if (!plan->sva_off_because[0])
		return;
	add(line, " (");
	if (plan->sva_off_unit != BRINGUP_NO_UNIT) {
		add_unit(line, plan, plan->sva_off_unit);
		add(line, " ");
	}
	add(line, "%s)", plan->sva_off_because);
}

static void describe_mode(struct line *line, const struct bringup_plan *plan)
{
	const unsigned int used = count_units(plan, false);

	add(line, "%s",
	    !plan->has_translation  ? "no translation"
	    : plan->format.scalable ? "scalable mode"
				    : "legacy mode");
	if (plan->legacy_because[0]) {
		add(line, " (");
		add_unit(line, plan, plan->legacy_unit);
		add(line, " %s)", plan->legacy_because);
	}
	add(line, ", %u unit%s", used, used == 1 ? "" : "s");
	if (used < plan->unit_count)
		add(line, " of %u", plan->unit_count);
	if (count_units(plan, true) < used)
		add(line, ", %u translating", count_units(plan, true));
}

/* Do the two units that share no tables use different stages? */
static bool differ_in_stage(const struct bringup_plan *plan)
{
	return plan->format.unit_stage[plan->depth_with_unit] !=
	       plan->format.unit_stage[plan->depth_unit];
}

static void describe_width(struct line *line, const struct bringup_plan *plan)
{
	describe_stages(line, plan);
	add(line, ", %u bits", plan->address_bits);
	if (plan->depth_unit == BRINGUP_NO_UNIT)
		return;
	if (plan->depth_with_unit == BRINGUP_NO_UNIT)
		add(line, " (no depth is common to units 0 to %u)", plan->depth_unit);
	else
		add(line, " (units %u and %u have no %s in common)", plan->depth_with_unit,
		    plan->depth_unit, differ_in_stage(plan) ? "tables" : "depth");
}

static void describe_interrupts(struct line *line, const struct bringup_plan *plan)
{
	if (plan->interrupts_off_because)
		add(line, ", no interrupt remapping (%s)", plan->interrupts_off_because);
	if (!plan->interrupt_remapping)
		return;
	add(line, ", interrupt remapping");
	if (plan->extended_interrupts)
		add(line, " (extended)");
	else if (plan->request.firmware.opts_out_of_x2apic)
		add(line, " (not extended: DMAR flag X2APIC_OPT_OUT is set)");
}

int bringup_plan_describe(const struct bringup_plan *plan, char *text, size_t bytes)
{
	struct line line = { text, bytes, 0 };

	add(&line, "%s", "");
	if (plan->refusal.reason) {
		describe_refusal(&line, plan);
		return (int)line.length;
	}
	describe_mode(&line, plan);
	if (plan->has_translation)
		describe_width(&line, plan);
	describe_sva(&line, plan);
	if (plan->pass_through)
		add(&line, ", pass-through");
	describe_interrupts(&line, plan);
	if (plan->request.firmware.opts_in_to_dma_control)
		add(&line, ", as firmware asks for (DMA_CTRL_PLATFORM_OPT_IN)");
	return (int)line.length;
}

int bringup_plan_describe_unit(const struct bringup_plan *plan, unsigned int unit, char *text,
			       size_t bytes)
{
	struct line line = { text, bytes, 0 };
	const char *separator = " ";

	add(&line, "%s", "");
	if (!plan->units[unit].notes)
		return 0;
	add_unit(&line, plan, unit);
	for (unsigned int note = 0; note < BRINGUP_NOTE_COUNT; note++) {
		if (!bringup_unit_has_note(plan, unit, note))
			continue;
		add(&line, "%s%s", separator, note_words[note]);
		separator = "; ";
	}
	return (int)line.length;
}
