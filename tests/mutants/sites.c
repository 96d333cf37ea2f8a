/* SPDX-License-Identifier: MIT */
#include "tests/mutants/sites.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { SITES_MAX = 4000, TEXT_MAX = 2000, BUFFERS = 8 };

struct site {
	enum site_kind kind;
	unsigned int begin, end;
	unsigned int order;
	const char *function, *rule;
	char *text;
};

static const char *file_name;
static char *bytes;
static unsigned int byte_count;
static struct site sites[SITES_MAX];
static unsigned int site_count;

void sites_open(const char *name, char *text, unsigned int count)
{
	file_name = name;
	bytes = text;
	byte_count = count;
	site_count = 0;
}

char sites_byte(unsigned int at)
{
	return at < byte_count ? bytes[at] : 0;
}

const char *sites_text(unsigned int begin, unsigned int end)
{
	static char buffers[BUFFERS][TEXT_MAX];
	static unsigned int next;
	char *buffer = buffers[next++ % BUFFERS];

	snprintf(buffer, TEXT_MAX, "%.*s", (int)(end - begin), bytes + begin);
	return buffer;
}

void sites_add(enum site_kind kind, unsigned int begin, unsigned int end, const char *function,
	       const char *rule, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (end - begin == strlen(text) && !strncmp(bytes + begin, text, end - begin) &&
	    end > begin)
		return;
	if (site_count == SITES_MAX) {
		fprintf(stderr, "mutate: more than %d places in %s\n", SITES_MAX, file_name);
		exit(2);
	}
	sites[site_count] =
		(struct site){ kind, begin, end, site_count, function, rule, strdup(text) };
	site_count++;
}

/* Outer places before those within them; those of one place in the order in which they came. */
static int compare(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static unsigned int line_of(unsigned int at)
{
	unsigned int line = 1;

	for (unsigned int i = 0; i < at; i++)
		line += bytes[i] == '\n';
	return line;
}

/* On one line, with single blanks. */
static void put_plain(FILE *to, const char *text, size_t length)
{
	bool is_blank = false;

	for (size_t i = 0; i < length; i++) {
		bool is_white = strchr(" \t\n", text[i]);

		if (!is_white)
			fputc(text[i], to);
		else if (!is_blank)
			fputc(' ', to);
		is_blank = is_white;
	}
}

static void list(FILE *to, const struct site *site, unsigned int number)
{
	fprintf(to, "%u\t%s:%u\t%s\t%s\t", number, file_name, line_of(site->begin), site->function,
		site->rule);
	put_plain(to, bytes + site->begin, site->end - site->begin);
	fputc('\t', to);
	put_plain(to, site->text, strlen(site->text));
	fputc('\n', to);
}

static struct {
	FILE *source, *list;
	unsigned int number;
	unsigned int next; /* site */
} out;

static void write_range(unsigned int begin, unsigned int end);

static bool is_of(const struct site *site, const struct site *place)
{
	return site->begin == place->begin && site->end == place->end && site->kind == place->kind;
}

/* All texts of one place behind one question, then what stands there. */
static void write_site(void)
{
	const struct site *place = &sites[out.next];
	const bool is_expression = place->kind == SITE_EXPRESSION;
	unsigned int count = 1;

	while (out.next + count < site_count && is_of(&place[count], place))
		count++;
	fprintf(out.source,
		is_expression ? "(mutant_is_in(%u, %u) ? " : "{ if (mutant_is_in(%u, %u)) { ",
		out.number, out.number + count - 1);
	for (unsigned int i = 0; i < count; i++, out.number++) {
		list(out.list, &place[i], out.number);
		if (i + 1 < count)
			fprintf(out.source,
				is_expression ? "mutant_number == %u ? (%s) : "
					      : "if (mutant_number == %u) { %s } else ",
				out.number, place[i].text);
		else
			fprintf(out.source, is_expression ? "(%s)" : "{ %s }", place[i].text);
	}
	fputs(is_expression ? " : (" : " } else { ", out.source);
	out.next += count;
	write_range(place->begin, place->end);
	fputs(is_expression ? "))" : " } }", out.source);
}

static void write_range(unsigned int begin, unsigned int end)
{
	unsigned int at = begin;

	while (out.next < site_count && sites[out.next].begin < end) {
		const unsigned int site_end = sites[out.next].end;

		fwrite(bytes + at, 1, sites[out.next].begin - at, out.source);
		write_site();
		at = site_end;
	}
	fwrite(bytes + at, 1, end - at, out.source);
}

/* One that is cut by another's border cannot be nested: it goes. */
static void drop_crossing(void)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < site_count; i++) {
		bool crosses = false;

		for (unsigned int j = 0; j < kept && !crosses; j++)
			crosses = sites[j].begin < sites[i].begin &&
				  sites[i].begin < sites[j].end && sites[j].end < sites[i].end;
		if (!crosses)
			sites[kept++] = sites[i];
	}
	site_count = kept;
}

unsigned int sites_write(FILE *source, FILE *list_file, unsigned int number)
{
	qsort(sites, site_count, sizeof(sites[0]), compare);
	drop_crossing();
	out.source = source;
	out.list = list_file;
	out.number = number;
	out.next = 0;
	fprintf(source, "#include \"tests/mutants/switch.h\"\n#line 1 \"%s\"\n", file_name);
	write_range(0, byte_count);
	return out.number;
}
