# SPDX-License-Identifier: MIT
# Boots vtdcheck through run.sh and looks at what came of it.
package VM;
use strict;
use warnings;
use feature qw(state);
use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

our @EXPORT = (@Test::More::EXPORT, qw(boot process scratch_file ends_with says result results_of ids qemus qemu_with_units));

chdir dirname(abs_path(__FILE__)) . '/../..' or die "no repository: $!";
my $scratch = tempdir(CLEANUP => 1);
my $runs = 0;

# Writes a file that lives as long as the test does; returns its name.
sub scratch_file {
	my ($name, $bytes) = @_;
	open my $file, '>:raw', "$scratch/$name" or die "$scratch/$name: $!";
	print $file $bytes;
	close $file or die "$scratch/$name: $!";
	return "$scratch/$name";
}

# boot(options => [...], words => [...], qemu => [...], env => {...}): one run of run.sh. Returns
# status, log (the serial line), output (what the user saw) and results in the order of the log,
# each with ok, id, where, directive and reason.
sub boot {
	my %run = (options => [], words => [], qemu => [], env => {}, @_);
	my $log = "$scratch/log." . ++$runs;
	local %ENV = (%ENV, %{ $run{env} });
	my @command = ('./run.sh', '--log', $log, @{ $run{options} }, @{ $run{words} });
	push @command, '--', @{ $run{qemu} } if @{ $run{qemu} };

	open my $pipe, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', @command or die "sh: $!";
	local $/;
	$run{output} = <$pipe>;
	close $pipe;
	$run{status} = $? >> 8;
	$run{log} = '';
	if (open my $file, '<:raw', $log) {
		$run{log} = <$file>;
	}
	$run{results} = [parse($run{log})];
	return \%run;
}

# process(words...): the kernel as a process of the build machine, with modelled units alone, which takes a tenth of
# the time. What it returns is as of boot().
sub process {
	my $program = 'build/host/process/kernel';
	state $is_made = system('make', '-s', $program) == 0;
	die "no $program" if !$is_made;
	open my $pipe, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', $program, @_ or die "sh: $!";
	local $/;
	my $log = <$pipe> // '';
	close $pipe;
	return { status => $? >> 8, output => $log, log => $log, results => [parse($log)] };
}

# The QEMUs at hand, each version once: version, name and command of each.
sub qemus {
	my %seen;
	return map { { version => $_->[0], name => $_->[1], command => $_->[2] } } grep { !$seen{ $_->[0] }++ }
		map { [split ' ', $_, 3] } split /\n/, qx(tests/vm/qemus.sh list);
}

# The command of a QEMU at hand that units outside can be given to: 10.0 has no way that works. undef: none.
sub qemu_with_units {
	my ($one) = grep { $_->{version} !~ /^10\./ } qemus();
	return $one && $one->{command};
}

sub parse {
	my @results;
	for (split /\r?\n/, $_[0]) {
		/^(not )?ok (\d+) - (\S+)(?: \[(.*?)\])?(?: # (TODO|SKIP) (.*))?/ or next;
		push @results, { ok => !$1, number => $2, id => $3, where => $4 // '',
			directive => $5 // '', reason => $6 // '' };
	}
	return @results;
}

# The exit status, and a text somewhere in what the user saw.
sub ends_with {
	my ($run, $status, $text) = @_;
	my $good = is($run->{status}, $status, "exit status $status");
	$good &= ok($run->{output} =~ pattern($text), "the user is told: $text") if defined $text;
	show($run->{output}) if !$good;
}

# Words that must stand in the log.
sub says {
	my ($run, $text, $name) = @_;
	ok($run->{log} =~ pattern($text), $name // "the log says: $text") or show($run->{log});
}

sub pattern { my ($text) = @_; return ref $text ? $text : qr/\Q$text\E/ }

# A log in short: failures with their details, and remarks; not what went well, was skipped or known.
sub show {
	my ($text) = @_;
	my $is_failure = 1;
	for (split /\n/, $text) {
		$is_failure = !/^ok |# TODO/ unless /^  /;
		diag($_) if $is_failure;
	}
}

# All results whose id matches.
sub results_of {
	my ($run, $pattern) = @_;
	return grep { $_->{id} =~ $pattern } @{ $run->{results} };
}

# What became of one test: "ok", "not ok", "known" or "skipped"; of several units the worst.
sub result {
	my ($run, $id) = @_;
	my %seen = map { outcome($_) => 1 } results_of($run, qr/^\Q$id\E$/);
	return (grep { $seen{$_} } 'not ok', 'known', 'ok', 'skipped')[0] // 'absent';
}

sub outcome {
	my ($result) = @_;
	return 'skipped' if $result->{directive} eq 'SKIP';
	return 'ok' if $result->{ok};
	return $result->{directive} eq 'TODO' ? 'known' : 'not ok';
}

# "ok id [where]" of every result, in order: what must be the same on every boot route.
sub ids {
	my ($run) = @_;
	return map { outcome($_) . " $_->{id} [$_->{where}]" } @{ $run->{results} };
}

1;
