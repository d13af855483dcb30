"""The command line: help, and errors of one line."""

import os
import re
from pathlib import Path

import pytest

from vae.assets import ASSETS
from zscope import __version__
from zscope.cli import main


def test_help_names_every_command(run_python):
    done = run_python("-m", "vae", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f" {command} " in done.stdout for command in ("models", "train", "evaluate", "encode", "decode"))


@pytest.mark.parametrize(
    ("typed", "options"),
    [
        ([], {"server.port": "8501", "server.address": "localhost", "server.headless": "false"}),
        (["--port", "9000", "--address", "0.0.0.0", "--no-browser"],
         {"server.port": "9000", "server.address": "0.0.0.0", "server.headless": "true"}),
        (["--host"], {"server.port": "8501", "server.address": "0.0.0.0", "server.headless": "false"}),
    ],
)  # fmt: skip
def test_without_a_command_the_app_opens(typed, options, monkeypatch):
    started = []
    monkeypatch.setattr("os.execv", lambda program, words: started.append(words[1:]))
    monkeypatch.setattr("sys.argv", ["zscope", *typed])
    with pytest.raises(SystemExit):
        main()
    ((module, streamlit, run, script, *words),) = started
    assert (module, streamlit, run) == ("-m", "streamlit", "run")
    assert Path(script).samefile(ASSETS.parent / "app.py")
    assert dict(zip(words[::2], words[1::2], strict=True)) == {f"--{name}": value for name, value in options.items()}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (["192.168.1.5", "10.0.0.7"], "http://192.168.1.5:9000 or http://10.0.0.7:9000"),
        ([], "no other computer can connect"),
    ],
)
def test_host_prints_the_addresses_that_others_can_use(found, said, monkeypatch, capsys):
    monkeypatch.setattr("os.execv", lambda program, words: None)
    monkeypatch.setattr("zscope.serving.audience.addresses.network_addresses", lambda: found)
    monkeypatch.setattr("sys.argv", ["zscope", "--host", "--port", "9000"])
    with pytest.raises(SystemExit):
        main()
    printed = capsys.readouterr().out
    assert said in printed and ("There is no login." in printed) == bool(found)


def test_hosts_and_sites_reach_the_server(monkeypatch):
    started = {}
    monkeypatch.setattr("os.execv", lambda program, words: started.update(os.environ))
    monkeypatch.setattr("os.environ", dict(os.environ))
    monkeypatch.setattr(
        "sys.argv",
        ["zscope", "--allowed-host", "a.example", "--allowed-host", "*.b.example", "--embed", "https://s.example"],
    )
    with pytest.raises(SystemExit):
        main()
    assert started["ZSCOPE_ALLOWED_HOSTS"] == "a.example *.b.example"
    assert started["ZSCOPE_EMBED"] == "https://s.example"


def test_a_site_that_is_no_origin_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("os.execv", lambda program, words: pytest.fail("it started"))
    monkeypatch.setattr("sys.argv", ["zscope", "--embed", "s.example/page"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1 and "is not the origin of a site" in capsys.readouterr().err


def test_host_and_address_exclude_each_other(monkeypatch, capsys):
    monkeypatch.setattr("os.execv", lambda program, words: pytest.fail("it started"))
    monkeypatch.setattr("sys.argv", ["zscope", "--host", "--address", "10.0.0.7"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2 and "Use either --host or --address" in capsys.readouterr().err


def test_the_version(run_python):
    done = run_python("-m", "vae", "--version")
    assert (done.returncode, done.stdout) == (0, f"zscope {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evaluate", "no-such-model"], "No model is called 'no-such-model'. Models: fashion-16"),
        (["encode", "mnist-16", "absent.png"], "There is no picture absent.png. Check the path."),
        (["train", "No Name"], "'No Name' cannot be an id. Use lower-case letters"),
        (["train", "name", "--dataset", "imagenet"], "No data set is called 'imagenet'. Use one of mnist"),
        (["train", "name", "--dataset", "digits", "--latent-dim", "0"], "latent_dim must be at least 1, not 0. "),
    ],
)
def test_an_error_that_a_user_can_resolve_is_one_line_with_status_1(run_python, arguments, said):
    done = run_python("-m", "vae", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = (line for line in done.stderr.splitlines() if not line.startswith("Data: "))
    assert line.startswith(f"Error: {said}")


@pytest.mark.full
def test_a_file_that_cannot_be_written_is_one_line(run_python, published, tmp_path):
    codes = tmp_path / "codes.csv"
    codes.write_text("0,0,0,0,0,0\n")
    (tmp_path / "file").write_text("in the way")
    done = run_python("-m", "vae", "decode", str(published), str(codes), "--out", str(tmp_path / "file" / "out"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["models", "--jsno"], "--jsno"),
        (["modles"], "modles"),
        (["train"], "'name'"),
        (["train", "mine", "--epochs", "many"], "'--epochs'"),
        (["encode", "mnist-16"], "'images'"),
    ],
)
def test_a_usage_error_is_one_line_and_status_2(arguments, said, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["vae", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("Error: ") and line.endswith(". See: zscope --help")
    assert said in line
    assert ".." not in line


def test_a_usage_error_is_one_line_of_the_real_program_too(run_python):
    done = run_python("-m", "vae", "models", "--jsno")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"Error: .*--jsno.*\. See: zscope --help\n", done.stderr)
