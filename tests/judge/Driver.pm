# SPDX-License-Identifier: MIT
# What an operating system's driver did with the units it was given, judged from outside: from the server's report and
# the serial line. The outcome is one of the words of docs/MIXED.md, with a sentence for the driver's author.
package Driver;
use strict;
use warnings;
use Transfer;

my %mode_words = (0 => 'legacy', 1 => 'scalable', 2 => 'reserved', 3 => 'abort-DMA');

# The report by units: [{words, reads, ..., steps => [...], complaints => [...]}], and what is said of all.
sub read_report {
	my ($path) = @_;
	my (@units, %all);
	open my $file, '<', $path or return ();
	while (<$file>) {
		chomp;
		if (/^unit (\d+) step (\S+) (\d+) TTM (\d+) (.+)$/) {
			push @{ $units[$1]{steps} }, { seconds => $2, access => $3, mode => $4, what => $5 };
		} elsif (/^unit (\d+) (complaint|error) (\d+) (.+)$/) {
			push @{ $units[$1]{"${2}s"} }, { count => $3, text => $4 };
		} elsif (/^unit (\d+) descriptors (\S+) (\d+)$/) {
			$units[$1]{descriptors}{$2} = $3;
		} elsif (/^unit (\d+) device (\S+) reason ([0-9a-f]+)$/) {
			@{ $units[$1] }{qw(device reason)} = ($2, hex $3);
		} elsif (/^unit (\d+) forgets (\d+) ([0-9a-f]+) ([0-9a-f]+)$/) {
			$units[$1]{forgets}{$2} = { address => $3, bytes => $4 };
		} elsif (/^unit (\d+) (request .*)$/) {
			my ($unit, $text) = ($1, $2);
			push @{ $units[$unit]{transfers} }, Transfer::read_request($text) // die "$path: $text\n";
		} elsif (/^unit (\d+) words (.*)$/) {
			$units[$1]{words} = $2;
		} elsif (/^unit (\d+) pasids (.*)$/) {
			my ($unit, %pasids) = ($1, split ' ', $2);
			$units[$unit]{pasids} = \%pasids;
		} elsif (/^unit (\d+) (.*)$/) {
			my ($unit, %pairs) = ($1, split ' ', $2);
			@{ $units[$unit] }{ keys %pairs } = values %pairs;
		} elsif (/^(?:function|messages) /) {
			my %pairs = split ' ', s/^function //r;
			@all{ keys %pairs } = values %pairs;
		}
	}
	$_->{unwanted} = $_->{faults} - Transfer::wanted_faults(@{ $_->{transfers} // [] }) for @units;
	return (\@units, \%all);
}

# What the guest said on its serial line.
sub read_serial {
	my ($bytes) = @_;
	my @lines = grep { /\S/ } map { s/[^ -~]+$//r } split /\r?\n/, $bytes;
	my ($panic) = map { /(Kernel panic.*)/ ? $1 : () } @lines;
	return {
		kernel => scalar((map { /^driver: kernel (\S+)/ ? $1 : () } @lines)[0]),
		log => [map { /^driver: log (?:\[[^\]]*\] )?(.*)/ ? $1 : () } @lines],
		groups => [map { /^driver: group (.*)/ ? $1 : () } @lines],
		moved => [map { /^driver: ((?:transfer|told) .*)/ ? $1 : () } @lines],
		transfers => Transfer::read_lines(@lines),
		told => Transfer::read_told(grep { /^driver: told / } @lines),
		suppressed => scalar(grep { /^driver: told .*callbacks suppressed/ } @lines),
		is_whole => scalar(grep { $_ eq 'driver: end' } @lines),
		panic => $panic,
		last => [@lines > 12 ? @lines[-12 .. -1] : @lines],
	};
}

sub mode_of { my ($unit) = @_; return $mode_words{ $unit->{mode} } . ' mode' }

# "units 0 and 2"
sub units_in_words {
	my @numbers = @_;
	return "unit $numbers[0]" if @numbers == 1;
	return 'units ' . join(', ', @numbers[0 .. $#numbers - 1]) . " and $numbers[-1]";
}

# "unit 0 in scalable mode, units 1 and 2 off"
sub states_in_words {
	my @units = @_;
	my (%by_state, @states);
	for (0 .. $#units) {
		my $state = $units[$_]{TE} ? 'in ' . mode_of($units[$_]) : 'off';
		push @states, $state if !$by_state{$state};
		push @{ $by_state{$state} }, $_;
	}
	return join ', ', map { units_in_words(@{ $by_state{$_} }) . " $_" } @states;
}

# Does a request of this unit's device end before any page table: at root, context or PASID tables? These reasons of
# "Fault Reason Encodings" say so, in legacy and in scalable mode.
sub is_blocked {
	my ($unit) = @_;
	my $reason = $unit->{reason} // 0;
	return $unit->{TE} && (($reason >= 0x01 && $reason <= 0x03) || ($reason >= 0x08 && $reason <= 0x0b) || ($reason >= 0x30 && $reason <= 0x5f));
}

# Do all units translate, or none, in one mode?
sub are_alike {
	my @on = grep { $_->{TE} } @_;
	my %modes = map { $_->{mode} => 1 } @on;
	return (!@on || @on == @_) && keys %modes <= 1;
}

# The outcome and its sentence.
sub outcome {
	my ($guest, @units) = @_;
	my $states = states_in_words(@units);
	my @on = grep { $units[$_]{TE} } 0 .. $#units;
	my %modes = map { $units[$_]{mode} => 1 } @on;
	my @blocked = grep { is_blocked($units[$_]) } 0 .. $#units;
	my @faulty = grep { $units[$_]{unwanted} } 0 .. $#units;
	return ('CRASH', "the kernel panics: $guest->{panic}") if $guest->{panic};
	return ('CRASH', 'the kernel does not come to its end') if !$guest->{is_whole};
	return ('REFUSED', 'no unit translates in the end: the driver gave up, or was never asked') if !@on;
	my ($word, $sentence) = Transfer::outcome($guest, @units);
	return ($word, $sentence) if defined $word;
	return ('SPLIT', "$states: what is told to all units together, a mode, the use of PASIDs, a table that "
		. 'devices of both share, cannot hold for all of them') if keys %modes > 1;
	return ('SPLIT', "$states: devices of the others reach all memory") if @on < @units;
	return ('BLOCKED', "$states: no table leads device " . join(' and ', map { sprintf '%s anywhere, reason %02X', @{ $units[$_] }{qw(device reason)} } @blocked)) if @blocked;
	return ('BLOCKED', units_in_words(@faulty) . ' recorded faults: requests that were to be let through') if @faulty;
	return ('OK', "$states");
}

# Results as [is_ok, id, unit or undef, detail, why it was skipped or undef].
sub results_of {
	my ($guest, $all, $outcome, $sentence, @units) = @_;
	my @results = ([$outcome ne 'CRASH', 'driver.boots', undef, $sentence]);
	return @results if $outcome eq 'CRASH';
	push @results, [$outcome ne 'REFUSED', 'driver.translates', undef, $sentence];
	push @results, [are_alike(@units), 'driver.one-mode', undef, states_in_words(@units)];
	for my $n (0 .. $#units) {
		my $unit = $units[$n];
		my @wrong = map { @{ $unit->{$_} // [] } } qw(complaints errors);
		push @results, [!@wrong, 'driver.rules', $n, join '; ', map { "$_->{count} x $_->{text}" } @wrong];
		push @results, [!is_blocked($unit), 'driver.device', $n, sprintf 'a request of device %s would end in fault %02X', $unit->{device} // '', $unit->{reason} // 0];
		push @results, [!$unit->{unwanted}, 'driver.no-fault', $n, "$unit->{unwanted} faults"];
		push @results, Transfer::results_of($n, $unit, $guest, $all);
	}
	return @results;
}

# Lines about one unit, for people.
sub story_of {
	my ($n, $unit) = @_;
	my @steps = map { "$_->{what}" . ($_->{what} eq 'SRTP' ? " ($mode_words{$_->{mode}})" : '') . " at access $_->{access}, $_->{seconds} s" }
		@{ $unit->{steps} // [] };
	my %kinds = %{ $unit->{descriptors} // {} };
	my %pasids = %{ $unit->{pasids} // {} };
	return (
		"# unit $n $unit->{words}: " . ($unit->{TE} ? 'translates in ' . mode_of($unit) : 'off')
			. ", $unit->{reads} reads and $unit->{writes} writes of registers, $unit->{faults} faults",
		(map { "# unit $n step: $_" } @steps),
		"# unit $n descriptors:" . (%kinds ? join(',', map { " $kinds{$_} $_" } sort keys %kinds) : ' none'),
		"# unit $n PASIDs: $pasids{commands} virtual commands, $pasids{given} given, $pasids{taken} taken back,"
			. " $pasids{named} named in invalidations",
	);
}

1;
