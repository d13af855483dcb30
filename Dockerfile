# CPU: docker build -t zscope .    GPU: docker build -t zscope:gpu --build-arg GPU=1 .
FROM python:3.12-slim

ARG GPU=""
RUN useradd --create-home --uid 1000 zscope
WORKDIR /opt/zscope
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
# CUDA libraries for the TensorFlow of the lock.
RUN if [ -n "$GPU" ]; then pip install --no-cache-dir "$(grep -o '^tensorflow==[0-9.]*' requirements.lock | sed 's/==/[and-cuda]==/')"; fi
COPY pyproject.toml README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY pages pages
COPY assets assets
COPY vae vae
COPY zscope zscope
RUN pip install --no-cache-dir --no-deps .

USER zscope
WORKDIR /home/zscope
RUN mkdir .zscope
VOLUME /home/zscope/.zscope
EXPOSE 8501
HEALTHCHECK --start-period=60s CMD python -c "from urllib.request import urlopen; urlopen('http://localhost:8501/_stcore/health', timeout=5)"
CMD ["zscope", "--address", "0.0.0.0", "--no-browser"]
