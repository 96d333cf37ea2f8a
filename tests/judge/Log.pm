# SPDX-License-Identifier: MIT
# The runs in a captured log, as the kernel wrote them: without what firmware wrote before, without line
# ends and time stamps that terminals and capturing tools add.
package Log;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(read_log crc32 END_LINE);

use constant MARKER => 'TAP version 14';
# A run has the machine reset and goes on in its next boot: what firmware writes between these two is no part of it.
use constant { AWAY => '# reset: the machine starts again', BACK => '# reset: the machine is back' };
use constant END_LINE => qr/^# end crc32 ([0-9a-f]{8})$/;

# What only a run of ours writes. Where it stands outside of a run, that run lost its start or its end.
my $trace = qr/(?:not )?ok \d+ - [a-z0-9]+\.|^1\.\.\d+$|# verdict: |2 [0-9a-f]{8}$|known deviations, |# panic: |Bail out! |# vtdcheck\b/;

my @crc_table = map {
	my $crc = $_;
	$crc = $crc & 1 ? $crc >> 1 ^ 0xedb88320 : $crc >> 1 for 1 .. 8;
	$crc;
} 0 .. 255;

# As gzip and Ethernet.
sub crc32 {
	my ($bytes) = @_;
	my $crc = 0xffffffff;
	$crc = $crc >> 8 ^ $crc_table[($crc ^ $_) & 0xff] for unpack 'C*', $bytes;
	return $crc ^ 0xffffffff;
}

# A blank for every escape sequence and control character: firmware paints its screen with them.
sub without_escapes {
	my ($text) = @_;
	return $text =~ s/\e\[[0-9;?=]*[ -\/]*[@-~]|\e[^\[]|[\0-\x08\x0a-\x1f\x7f]/ /gr;
}

# A pattern for every prefix of the same form as this one: other numbers, other names of days and months.
# Without a number it is no stamp, and what stands there is the firmware's.
sub form_of {
	my ($prefix) = @_;
	return undef if $prefix !~ /\d/;
	my $form = join '', map { /^ *\d/ ? ' *\d++' : /^[A-Za-z]/ ? '[A-Za-z]++' : quotemeta }
		$prefix =~ /\G( *\d+|[A-Za-z]+|.)/gs;
	return qr/^$form/;
}

# The form of the stamps of a run, undef if it has none. The kernel's second line starts in one of two ways:
# what stands before that is no part of it. It is a stamp only if every line has one.
sub stamp_of {
	my (@lines) = @_;
	return undef if @lines < 2 || $lines[1] !~ /^(.*?)(?:# vtdcheck\b|1\.\.\d+$)/;
	my $form = form_of($1) or return undef;
	for (@lines) {
		return undef if $_ !~ $form;
		last if s/$form//r =~ END_LINE;
	}
	return $form;
}

# One run from its lines in the log, the first of which ends in the marker:
#   lines  what the kernel wrote, up to the end line
#   text   the same, as the CRC is over it
#   crc    as the end line says it; undef if there is no end line
#   is_away  it ends while the machine is reset
#   stray_away  the first line meanwhile that no firmware writes
#   stray  the first line after the end that no firmware writes; undef if there is none
sub run_of {
	my ($line_number, @lines) = @_;
	my %run = (line_number => $line_number, lines => []);
	my $stamp = stamp_of(@lines);
	$lines[0] =~ s/^.*(?=${\ MARKER})//;
	my ($is_away, @meanwhile) = (0);
	while (@lines) {
		my $line = shift @lines;
		$line =~ s/$stamp// if $stamp;
		if ($line =~ END_LINE) {
			$run{crc} = hex $1;
			last;
		}
		$is_away = 0 if $line eq BACK;
		push @{ $is_away ? \@meanwhile : $run{lines} }, $line;
		$is_away ||= $line eq AWAY;
	}
	$run{is_away} = $is_away;
	$run{text} = join '', map { "$_\n" } @{ $run{lines} };
	$run{stray} = stray_in(@lines) if defined $run{crc};
	$run{stray_away} = stray_in(@meanwhile);
	return \%run;
}

# The first of these lines that a run of ours must have written; undef if there is none.
sub stray_in {
	my (@lines) = @_;
	my ($stray) = grep { without_escapes($_) =~ $trace } @lines;
	return $stray;
}

# How many characters of a marker stand at the very end of a log: a run began there, and the log was cut off.
sub marker_begun {
	my ($bytes) = @_;
	my $end = without_escapes($bytes =~ /([^\n]*)\z/);
	my ($length) = grep { $end =~ /(?<![A-Za-z])\Q${\ substr(MARKER, 0, $_)}\E\z/ } 1 .. length(MARKER) - 1;
	return $length // 0;
}

# The runs of a log in order (see run_of), and the first stray line before all of them; undef if there is none.
sub read_log {
	my ($bytes) = @_;
	my (@before, @runs);
	my $lines = \@before;
	my $number = 0;
	$bytes .= substr(MARKER, marker_begun($bytes)) if marker_begun($bytes);
	for (split /\n/, $bytes) {
		$number++;
		s/\r+$//;
		if (/^(.*)${\ MARKER}/) {
			push @$lines, $1; # of the run before, if it was cut off here
			push @runs, $lines = [$number];
		}
		push @$lines, $_;
	}
	return { stray => stray_in(@before), runs => [map { run_of(@$_) } @runs] };
}

1;
