"""A CA run with the openssl command: certificates that the product's own code would not issue."""

import subprocess
import time
from pathlib import Path


def der(tag, content):
    size = bytes([len(content)]) if len(content) < 128 else bytes([0x81, len(content)])
    return bytes([tag]) + size + content


def names_of(*entries):
    """A subjectAltName with raw names: pairs of the tag and the bytes. 0x81 is e-mail, 0x82 DNS, 0x86 URI."""
    return der(0x30, b"".join(der(tag, content) for tag, content in entries))


class Authority:
    """The server's own CA, or a new one."""

    def __init__(self, server=None, folder=None, new=False):
        self.folder = Path(folder or server.folder / "openssl")
        self.folder.mkdir(exist_ok=True)
        for name, text in (("index.txt", ""), ("index.txt.attr", "unique_subject = no\n"), ("serial", "1000\n"),
                           ("crlnumber", "01\n")):
            if not (self.folder / name).exists():
                (self.folder / name).write_text(text)
        if new:
            self.certificate, self.key = str(self.folder / "ca.pem"), str(self.folder / "ca.key")
            self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                      self.key, "-out", self.certificate, "-subj", "/CN=Another CA", "-days", "30")
        else:
            self.certificate, self.key = server.certificate("ca.pem"), server.certificate("ca.key")

    def _run(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-500:]
        return done.stdout

    def configuration(self, extensions):
        file = self.folder / "openssl.cnf"
        file.write_text(f"""
[ca]
default_ca = it
[it]
dir = {self.folder}
database = {self.folder}/index.txt
serial = {self.folder}/serial
crlnumber = {self.folder}/crlnumber
new_certs_dir = {self.folder}
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
copy_extensions = none
[any]
commonName = supplied
[extensions]
{extensions}
""")
        return str(file)

    def issue(self, name, names, use="clientAuth", key="ec", starts="-1", ends="+30", issuer=None, is_authority=False,
              raw_names=None, digest="sha256", basic=None, more=()):
        """A certificate and its key. `starts` and `ends` are in days from now."""
        certificate, private = str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")
        asked = str(self.folder / f"{name}.csr")
        kind = ["-newkey", key] if key != "ec" else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        self._run("req", "-new", *kind, "-nodes", "-keyout", private, "-out", asked, "-subj", f"/CN={name}")
        extensions = [f"basicConstraints = critical, {basic or ('CA:TRUE' if is_authority else 'CA:FALSE')}", *more]
        if is_authority:
            extensions.append("keyUsage = critical, keyCertSign, cRLSign")
        else:
            extensions.append(f"extendedKeyUsage = {use}")
        if raw_names is not None:
            extensions.append(f"subjectAltName = DER:{raw_names.hex(':')}")
        elif names:
            extensions.append(f"subjectAltName = {names}")
        date = lambda days: time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 86_400 * float(days)))
        by = issuer or (self.certificate, self.key)
        self._run("ca", "-batch", "-notext", "-config", self.configuration("\n".join(extensions)), "-extensions",
                  "extensions", "-cert", by[0], "-keyfile", by[1], "-in", asked, "-out", certificate, "-startdate",
                  date(starts), "-enddate", date(ends), "-md", digest)
        return certificate, private

    def chained(self, leaf, *issuers):
        """The leaf with the certificates of the CAs above it in one file, as a client shows them."""
        whole = Path(leaf[0]).with_suffix(".chain.pem")
        whole.write_text("".join(Path(one[0]).read_text() for one in (leaf, *issuers)))
        return str(whole), leaf[1]

    def revoke(self, certificate):
        self._run("ca", "-config", self.configuration(""), "-cert", self.certificate, "-keyfile", self.key, "-revoke",
                  certificate[0])

    def revocation_list(self, seconds=86_400):
        """A CRL of what was revoked, good for that long."""
        file = self.folder / "crl.pem"
        fresh = self._run("ca", "-config", self.configuration(""), "-cert", self.certificate, "-keyfile", self.key,
                          "-gencrl", "-crlsec", str(seconds))
        file.with_suffix(".new").write_bytes(fresh)
        file.with_suffix(".new").rename(file)
        return str(file)

    def der_of(self, file, kind):
        return self._run(kind, "-in", file, "-outform", "DER")


def own_server(world, *arguments, authority):
    """A server whose clients are signed by that CA, with the certificate of the shared one."""
    shared = world.server
    folder = world.servers.folder / f"x1-{len(list(world.servers.folder.iterdir()))}"
    (folder / "certificates").mkdir(parents=True)
    (folder / "certificates" / "ca.pem").symlink_to(shared.certificate("ca.pem"))
    return world.servers.interop("--cert", shared.certificate("server.pem"), "--key", shared.certificate("server.key"),
                                 "--client-ca", authority.certificate, *arguments, folder=folder)
