"""Faults in what code and which distributions an artefact rests on."""

from tests.mutants.receipts import faults

MUTANTS = [
    *faults(
        "io/code.py",
        "io/test_code",
        # importing a module runs its parents, what it imports, and its loose statements
        ("                self.load(parent)\n", "                pass\n", "an_edit_that_can_run_shows"),
        (
            "        if module.loose or effects:\n",
            "        if effects:\n",
            "code_is_followed_through[loose statement of a module only imported for it]",
        ),
        (
            "spelling_digest(module.loose, {*effects, *used})",
            "spelling_digest(module.loose, {*used})",
            "code_is_followed_through[star of another package]",
        ),
        (
            'if binding.name == "*" or top == "__future__":',
            'if binding.name == "*":',
            "code_is_followed_through[__future__]",
        ),
        (
            "        for statement in module.loose:\n            self.follow(module, statement)\n",
            "",
            "code_is_followed_through[what a loose statement of a module only imported for it calls]",
        ),
        (
            "            self.load(submodule)\n",
            "            pass\n",
            "code_is_followed_through[loose statement of a submodule only imported for it]",
        ),
        # every name is followed to what it stands for
        (
            "        for head, *attributes in chains(statement):\n",
            "        for head, *attributes in ():\n",
            "code_is_followed_through[name alias]",
        ),
        (
            "            local.setdefault(binding.name, []).append(binding.target)\n",
            "",
            "code_is_followed_through[import in the function]",
        ),
        (
            "(*local.get(head, []), *(found.target for found in module.imports.get(head, [])))",
            "local.get(head, [found.target for found in module.imports.get(head, [])])",
            "code_is_followed_through[a local import beside a global of the same name]",
        ),
        (
            "            self.reach(binding.target, attributes)\n",
            "            pass\n",
            "code_is_followed_through[re-export]",
        ),
        (
            "spelling_digest(statements, {*used, *module.imports.get(name, [])})",
            "spelling_digest(statements)",
            "code_is_followed_through[two imported names swapped]",
        ),
        (
            "                self.define(module, head)\n",
            "                pass\n",
            "an_edit_that_can_run_shows",
        ),
        # where a name cannot be followed, the whole module counts
        (
            'UNFOLLOWABLE = {"eval", "exec", "globals"}',
            'UNFOLLOWABLE = {"eval"}',
            "code_is_followed_through[globals()]",
        ),
        (
            'target.name is None or target.name == "*" or not self._name(module, target.name, attributes)',
            'target.name == "*" or target.name and not self._name(module, target.name, attributes)',
            "code_is_followed_through[module as a value]",
        ),
        (
            "        while counted < len(self.wholes):\n",
            "        while counted > len(self.wholes):\n",
            "code_is_followed_through[package handed around]",
        ),
        # files that a module declares, and packages that it imports
        (
            "hashlib.sha256(path.read_bytes()).hexdigest()[:16]",
            '"a file"',
            "a_declared_resource_counts_and_an_undeclared_file_does_not",
        ),
        (
            "            self.found.packages.add(top)\n",
            "            pass\n",
            "packages_are_those_that_loaded_modules_import",
        ),
        # a digest depends on no order
        (
            "for name, digest in sorted(self.definitions.items()))",
            "for name, digest in self.definitions.items())",
            "a_closure_does_not_depend_on_the_order_of_sets",
        ),
    ),
    *faults(
        "io/syntax.py",
        "io/test_syntax",
        (
            "        if is_type_checking(statement):\n            yield from statements(statement.orelse)\n",
            "        if is_type_checking(statement):\n            continue\n",
            "what_only_a_type_checker_reads_is_left_out_and_what_stands_under_else_is_not",
        ),
        (
            "        if rebound & bound_names(statement) or (",
            "        if (",
            "of_a_name_that_is_bound_twice_the_order_counts",
        ),
        (
            "    return found if len(found) == len(names) else []\n",
            "    return found\n",
            "what_does_more_than_bind_a_name_is_loose[A, B.x = 1, 2]",
        ),
        (
            "- statement.level + 1]",
            "- statement.level]",
            "an_import_binds_a_name_to_what_it_stands_for",
        ),
        (
            'if self.path.name == "__init__.py" else',
            "if self.path.is_dir() else",
            "a_relative_import_starts_from_the_package_that_a_file_is_or_lies_in",
        ),
        (
            "for root in (statement, *quoted(statement))",
            "for root in (statement,)",
            "names_are_followed_in_their_longest_form_also_through_quotes",
        ),
        (
            'files += [path] if path.is_file() else path.rglob("*")',
            'files += [path] if path.is_file() else path.glob("*")',
            "a_declared_folder_stands_for_every_file_in_it_but_compiled_ones",
        ),
        (
            "    return ast.dump(statement, annotate_fields=False)\n",
            "    return ast.unparse(statement).lower()\n",
            "anything_else_moves_it[X + 1]",
        ),
        (
            "    lines = [*map(spelling, spelled), *sorted(map(str, bindings))]\n",
            "    lines = [*map(spelling, spelled)]\n",
            "a_digest_is_also_of_what_imported_names_stand_for",
        ),
    ),
    *faults(
        "io/syntax.py",
        "io/test_code",
        (
            "                        waiting.append(found[-1])",
            "                        pass",
            "code_is_followed_through[annotation quoted inside a quoted one]",
        ),
    ),
    *faults(
        "io/effects.py",
        "io/test_effects",
        # what may reach beyond the name that it defines
        (
            "        if isinstance(node, ast.Call) and not is_inert(node.func, imports):\n            return True\n",
            "",
            "a_call_of_unknown_effect_shows_wherever_it_runs_on_import",
        ),
        (
            "    return is_inert(called, imports)\n",
            "    return True\n",
            "a_call_of_unknown_effect_shows_wherever_it_runs_on_import",
        ),
        (
            "[*node.decorator_list, node.args, *([node.returns] if node.returns else [])]",
            "[*node.decorator_list]",
            "a_call_of_unknown_effect_shows_wherever_it_runs_on_import",
        ),
        (
            "        children = [node.args]\n",
            "        children = []\n",
            "a_call_of_unknown_effect_shows_wherever_it_runs_on_import",
        ),
        (
            "        return all(source.partition",
            "        return any(source.partition",
            "a_call_of_unknown_effect_shows_wherever_it_runs_on_import",
        ),
        (
            "    return head is called and head.id in INERT_BUILTINS\n",
            "    return True\n",
            "a_call_of_unknown_effect_shows_wherever_it_runs_on_import",
        ),
        # what is bound, and bound again
        (
            "ast.ExceptHandler | ast.MatchAs | ast.MatchStar):\n",
            "ast.ExceptHandler):\n",
            "every_name_that_a_statement_binds_is_known",
        ),
        (
            "if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):",
            "if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):",
            "every_name_that_a_statement_binds_is_known",
        ),
        (
            "for name, count in counts.items() if count > 1}",
            "for name, count in counts.items() if count > 2}",
            "names_of_two_statements_are_rebound_but_not_a_package_whose_parts_are_imported_one_by_one",
        ),
        (
            'return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")',
            'return "TYPE_CHECKING" in ast.unparse(node.test)',
            "only_the_plain_question_is_one_for_type_checkers",
        ),
    ),
    *faults(
        "io/closures.py",
        "io/test_closures",
        # what was kept of other sources, or is damaged, is not believed
        (
            'if kept["sources"] != digest or kept',
            "if kept",
            "closures_of_other_sources_are_not_believed",
        ),
        (
            ' or kept["sha256"] != value_digest(kept["closures"]):',
            ":",
            "no_damaged_byte_is_believed",
        ),
        (
            'f"{path.relative_to(root).as_posix()}\\0{len(content)}\\0".encode() + content',
            'f"{len(content)}\\0".encode() + content',
            "a_file_that_moves_or_is_added_changes_the_digest",
        ),
        (
            "except (OSError, ValueError, LookupError, TypeError):",
            "except (OSError, LookupError, TypeError):",
            "no_damaged_byte_is_believed",
        ),
    ),
    *faults(
        "io/environment.py",
        "io/test_environment",
        # the locked distributions are those of this Python, they are installed, and nothing else is imported
        (
            "if not marker.strip() or Marker(marker.strip()).evaluate():",
            "if True:",
            "only_the_pins_of_this_python_and_platform_count",
        ),
        (
            "        if distribution not in self.pinned:\n",
            "        if not self.pinned:\n",
            "a_package_that_is_imported_but_not_locked_is_named",
        ),
        (
            "            if self.installed[name] != version:\n",
            "            if self.installed[name] is None:\n",
            "a_version_that_differs_and_a_distribution_that_is_missing_are_named",
        ),
        (
            "            names |= self.needs(",
            "            names |= set() and self.needs(",
            "a_package_counts_with_what_it_requires_and_nothing_else",
        ),
        (
            "        waiting.extend(required(name, extras))\n",
            "",
            "a_package_counts_with_what_it_requires_and_nothing_else",
        ),
        ('    "sklearn": "scikit-learn",\n', "", "an_import_name_is_not_always_that_of_its_distribution"),
        (
            "    if not header or FOLDED.search(header):\n",
            "    if not header:\n",
            "requirements_are_read_from_the_header_alone_and_never_in_part",
        ),
        (
            '(distribution.read_text("METADATA") or "").partition("\\n\\n")[0]',
            '(distribution.read_text("METADATA") or "")',
            "requirements_are_read_from_the_header_alone_and_never_in_part",
        ),
        (
            "        if not lock.is_file():\n",
            "        if not lock.parent.is_dir():\n",
            "a_missing_lock_is_an_error_with_a_remedy",
        ),
    ),
]
